"""A claim's heartbeat: it renews, notices a loss, outlives a cut connection, leaves nothing."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction

from accounts import heartbeat
from accounts.heartbeat import beating
from accounts.models import Tally
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
OFTEN, NEVER = 0.02, 3600.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "SOON", OFTEN)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a thread or a connection behind."""
    before = (hearts(), len(backends()))
    yield
    wait_until(lambda: (hearts(), len(backends())) == before, "threads and connections to end", 5)


def hearts() -> int:
    return sum(thread.name == "heartbeat" for thread in threading.enumerate())


def backends() -> list[int]:
    """The server's processes for other connections to the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


class Claim:
    """Counts how often it was renewed, each time with a question to the database."""

    def __init__(self, *, ours: bool = True) -> None:
        self.ours, self.beats = ours, 0
        self.threads: set[int] = set()

    def renew(self) -> bool:
        Tally.objects.exists()
        self.threads.add(threading.get_ident())
        self.beats += 1
        return self.ours


def test_heart_beats_in_a_thread_of_its_own_until_the_work_ends() -> None:
    claim = Claim()

    with beating(claim.renew, every=OFTEN) as heart:
        wait_until(lambda: claim.beats >= 3, "three beats")
    beats = claim.beats
    time.sleep(OFTEN * 5)

    assert claim.beats == beats
    assert len(claim.threads) == 1
    assert threading.get_ident() not in claim.threads
    assert not heart.lost.is_set()


def test_heart_tells_that_the_claim_is_lost_and_stops() -> None:
    claim = Claim(ours=False)

    with beating(claim.renew, every=OFTEN) as heart:
        assert heart.lost.wait(5)
        time.sleep(OFTEN * 5)

    assert claim.beats == 1


def test_heart_stops_when_the_work_fails() -> None:
    claim = Claim()

    def work() -> None:
        with beating(claim.renew, every=OFTEN):
            wait_until(lambda: claim.beats >= 1, "a beat")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work()


def test_quick_work_opens_no_second_connection() -> None:
    claim, before = Claim(), backends()

    with beating(claim.renew, every=NEVER):
        during = backends()

    assert (claim.beats, during) == (0, before)


def test_heart_goes_on_after_its_connection_was_cut() -> None:
    claim, before = Claim(), set(backends())

    with beating(claim.renew, every=OFTEN) as heart:
        wait_until(lambda: claim.beats >= 1, "a beat")
        [own] = set(backends()) - before
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [own])
        beats = claim.beats
        wait_until(lambda: claim.beats > beats + 1, "a beat on a new connection")
        [other] = set(backends()) - before

    assert own != other
    assert not heart.lost.is_set()


def test_heart_asks_again_while_the_database_is_away() -> None:
    claim, refusals = Claim(), iter([OperationalError("the database starts up")] * 3)

    def renew() -> bool:
        for refusal in refusals:
            raise refusal
        return claim.renew()

    with beating(renew, every=OFTEN) as heart:
        wait_until(lambda: claim.beats >= 1, "a beat after three refusals")

    assert not heart.lost.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_heart_that_breaks_counts_as_lost() -> None:
    def renew() -> bool:
        raise RuntimeError("a mistake in the code")

    with beating(renew, every=OFTEN) as heart:
        assert heart.lost.wait(5)


def test_nothing_beats_in_a_transaction_that_nobody_else_sees() -> None:
    claim = Claim()

    with transaction.atomic(), beating(claim.renew, every=OFTEN) as heart:
        time.sleep(OFTEN * 5)

    assert claim.beats == 0
    assert not heart.lost.is_set()
