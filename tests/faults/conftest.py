"""A broker that dies, a stack of processes around it, and a consultation with many voices."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import current_app

from accounts.models import User
from consultations.models import ChapterText, Consultation
from tests import factories
from tests.faults.stack import ROWS, Broker, Stack


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "valkey")
    yield broker
    broker.kill()


@pytest.fixture
def nudges_reach_it(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process nudges the workers through the test's own broker."""
    monkeypatch.setattr(current_app.conf, "broker_url", broker.url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", broker.url)


@pytest.fixture
def consultation_with_many(chapter_text: ChapterText, planner: User) -> Consultation:
    for _number in range(ROWS):
        factories.make_accepted(chapter_text, planner)
    return chapter_text.draft.consultation


@pytest.fixture
def stack(broker: Broker, tmp_path: Path) -> Iterator[Callable[[int], Stack]]:
    """Makes a stack with a lease of so many seconds; all of it is stopped at the end."""
    with ExitStack() as ends:
        yield lambda lease: ends.enter_context(Stack(broker, tmp_path, lease))
