"""What waits in the queue: thousands of mails hold up nothing else."""

from collections.abc import Iterator

import pytest
from celery import current_app

from aspirations.tasks import deliver_notice
from consultations.tasks import seal


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


def test_seal_comes_before_the_mails_that_wait() -> None:
    for number in range(20):
        deliver_notice.delay(number)
    seal.delay()

    assert next_tasks(3) == [
        "consultations.tasks.seal",
        "aspirations.tasks.deliver_notice",
        "aspirations.tasks.deliver_notice",
    ]
