"""Counting what machines try: exactly the limit passes, also when many try at one instant."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connections
from django.utils import timezone

from accounts import robots
from accounts.models import Tally
from accounts.tasks import forget_tallies

MINUTE = timedelta(minutes=1)
FIVE = (5, MINUTE)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(robots.LIMITS, "try", (FIVE,))
    monkeypatch.setitem(robots.LIMITS, "try-of-one", ((2, MINUTE), (3, robots.DAY)))


def many_at_once(number: int, act: Callable[[], bool]) -> list[bool]:
    """Every act in a thread and a database connection of its own, started together."""
    together = threading.Barrier(number)
    results: list[bool] = []

    def run() -> None:
        together.wait(timeout=10)
        results.append(act())
        connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_take_at_one_instant_lets_exactly_the_limit_pass(transactional_db: Any) -> None:
    results = many_at_once(20, lambda: robots.take(("try", "10.0.0.1")))

    assert (results.count(True), results.count(False)) == (5, 15)


def test_take_of_two_kinds_at_one_instant_waits_for_nobody(transactional_db: Any) -> None:
    """Both orders of naming them: two statements that lock in opposite orders would deadlock."""
    kinds = [("try", "10.0.0.1"), ("try-of-one", "RK28", "10.0.0.1")]
    orders = iter([kinds, kinds[::-1]] * 10)

    results = many_at_once(20, lambda: robots.take(*next(orders)))

    assert results.count(True) == 2


def test_take_counts_nothing_that_was_refused(db: None) -> None:
    both = ("try", "10.0.0.1"), ("try-of-one", "RK28", "10.0.0.1")

    assert [robots.take(*both) for _try in range(5)] == [True, True, False, False, False]
    assert [robots.take(("try", "10.0.0.1")) for _try in range(4)] == [True, True, True, False]


def test_take_begins_anew_when_its_window_is_over(db: None) -> None:
    for _try in range(7):
        robots.take(("try", "10.0.0.1"))
    assert not robots.take(("try", "10.0.0.1"))

    Tally.objects.update(until=timezone.now())

    assert [robots.take(("try", "10.0.0.1")) for _try in range(6)] == [True] * 5 + [False]


def test_take_keeps_the_names_apart(db: None) -> None:
    for _try in range(6):
        robots.take(("try", "10.0.0.1"))

    assert robots.take(("try", "10.0.0.2"))


def test_give_back_never_counts_below_nothing(db: None) -> None:
    for _time in range(3):
        robots.give_back(("try", "10.0.0.1"))

    assert [robots.take(("try", "10.0.0.1")) for _try in range(6)] == [True] * 5 + [False]


def test_tallies_name_nobody(db: None) -> None:
    robots.take(("try", "10.0.0.1"))

    assert "10.0.0.1" not in Tally.objects.get().key


def test_take_works_while_the_broker_is_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    assert [robots.take(("try", "10.0.0.1")) for _try in range(6)] == [True] * 5 + [False]


def test_windows_that_are_over_are_deleted(db: None) -> None:
    robots.take(("try", "10.0.0.1"))
    Tally.objects.update(until=timezone.now())
    robots.take(("try", "10.0.0.2"))

    forget_tallies()

    assert Tally.objects.get().until > timezone.now()


def test_windows_are_deleted_every_hour(settings: Any) -> None:
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]

    assert forget_tallies.name in tasks
