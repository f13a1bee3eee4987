"""What waits in the queue: thousands of mails hold up nothing else."""

import socket
from collections.abc import Iterator

import pytest
from celery import current_app

from accounts.nudging import nudge, waiting
from aspirations.tasks import SWEPT_AT_ONCE, deliver_notice, sweep
from consultations.models import ChapterText
from consultations.tasks import seal
from tests import factories


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    current_app.control.purge()
    yield
    current_app.control.purge()


def next_tasks(count: int) -> list[str]:
    """What a worker would take on next."""
    with current_app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        taken = [queue.get(timeout=5) for _time in range(count)]
        for message in taken:
            message.ack()
        return [message.headers["task"] for message in taken]


def test_sweep_adds_no_mails_where_hundreds_wait_already(chapter_text: ChapterText) -> None:
    factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    for number in range(SWEPT_AT_ONCE - 1):
        deliver_notice.delay(number)

    sweep()
    few = waiting("celery")
    sweep()

    assert few == waiting("celery") == SWEPT_AT_ONCE


def test_seal_comes_before_the_mails_that_wait() -> None:
    for number in range(20):
        deliver_notice.delay(number)
    seal.delay()

    assert next_tasks(3) == [
        "consultations.tasks.seal",
        "aspirations.tasks.deliver_notice",
        "aspirations.tasks.deliver_notice",
    ]


def test_a_broker_that_says_nothing_keeps_one_sender_waiting_and_not_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0.2)
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(current_app.conf, "broker_url", address)
        monkeypatch.setattr(current_app.conf, "broker_write_url", address)

        assert not nudge(deliver_notice, 1)
        silent.accept()[0].close()
        assert not nudge(deliver_notice, 2)

        with pytest.raises(TimeoutError):  # nobody came
            silent.accept()
