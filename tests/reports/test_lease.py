"""A report's lease: kept by a worker that lives, however silent, and taken over once it is dead."""

import gc
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, connections
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from reports import compiling
from reports.compiling import compile_report
from reports.errors import LostClaim
from reports.formats import Compiled
from reports.kinds.consultation import writing
from reports.kinds.consultation.manuscript import Manuscript
from reports.models import Report, ReportEvent
from reports.models.report import MAX_ATTEMPTS, lease
from reports.progress import STAGES, Progress
from tests.languages import in_english
from tests.processes import wait_until

Verb = ReportEvent.Verb
Writing = Callable[[Manuscript, Progress], Compiled]
WRITTEN = Compiled(b"%PDF-1.7", pages=1, row_count=1)

at_once = pytest.mark.django_db(transaction=True)


@pytest.fixture
def report(accepted: Aspiration, planner: User) -> Report:
    """The public one of the two that were asked for."""
    asked = Report.objects.request(accepted.consultation, by=planner)
    return next(report for report in asked if report.edition == "public")


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Callable[[Writing], None]:
    """Lets another piece of work stand where the paper is written."""
    return lambda work: monkeypatch.setattr(writing, "write_pdf", work)


def events(report: Report) -> list[str]:
    return list(report.events.values_list("verb", flat=True))


def let_run_out(report: Report) -> None:
    Report.objects.filter(pk=report.pk).update(lease_until=Now() - timedelta(seconds=1))


def claim(report: Report, worker: str) -> Report:
    """The report as a worker has it that just claimed it."""
    own = Report.objects.get(pk=report.pk)
    assert own.claim(worker=worker)
    return own


def do_together(work: Callable[[], bool], times: int = 4) -> list[bool]:
    """What several threads answer that begin at the same moment."""
    together, answers = threading.Barrier(times), list[bool]()

    def do() -> None:
        together.wait()
        answers.append(work())
        connections.close_all()

    threads = [threading.Thread(target=do) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


# Who has it ---------------------------------------------------------------------------------


@at_once
def test_report_that_is_handed_to_four_workers_at_once_is_claimed_by_one(report: Report) -> None:
    answers = do_together(lambda: Report.objects.get(pk=report.pk).claim(worker="mesin/1"))

    report.refresh_from_db()
    assert answers == [False, False, False, True]
    assert report.attempts == 1
    assert events(report) == [Verb.REQUESTED, Verb.CLAIMED]


@at_once
def test_report_of_three_dead_workers_fails_once_when_four_find_it(report: Report) -> None:
    for number in range(MAX_ATTEMPTS):
        claim(report, f"mesin/{number}")
        let_run_out(report)

    answers = do_together(lambda: Report.objects.get(pk=report.pk).claim(worker="mesin/4"))

    report.refresh_from_db()
    assert answers == [False] * 4
    assert (report.state, report.attempts) == (Report.State.FAILED, MAX_ATTEMPTS)
    assert events(report).count(Verb.FAILED) == 1


def test_third_attempt_that_lives_is_not_failed_by_its_number(report: Report) -> None:
    for number in range(MAX_ATTEMPTS):
        last = claim(report, f"mesin/{number}")
        let_run_out(report)
    assert last.renew_lease()

    assert not Report.objects.get(pk=report.pk).claim(worker="mesin/lain")
    assert last.publish(file="x.pdf", size=1, sha256="0" * 64, pages=1, row_count=1)


def test_lease_is_renewed_by_its_holder_only(report: Report) -> None:
    slow = claim(report, "lambat/1")
    let_run_out(report)
    assert slow.renew_lease(), "nobody has taken it over yet"
    let_run_out(report)
    quick = claim(report, "cepat/1")

    assert not slow.renew_lease()
    until = quick.lease_until
    quick.refresh_from_db()
    assert quick.lease_until == until


@pytest.mark.parametrize("days", [-1, 1])
def test_lease_does_not_follow_a_worker_s_clock(
    report: Report, days: int, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    wrong = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: wrong)

    own = claim(report, "mesin/1")
    others = Report.objects.get(pk=report.pk).claim(worker="mesin/2")
    own.renew_lease()

    assert not others
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM lease_until - now()) FROM reports_report"
                       " WHERE id = %s", [report.pk])  # fmt: skip
        [seconds] = cursor.fetchone()
    assert abs(float(seconds) - settings.REPORT_LEASE_SECONDS) < 30


# While it works -----------------------------------------------------------------------------


@at_once
def test_silent_work_keeps_its_lease(
    report: Report, settings: LazySettings, write: Callable[[Writing], None]
) -> None:
    settings.REPORT_LEASE_SECONDS = 1
    taken: list[bool] = []

    def be_silent(_manuscript: Manuscript, _progress: Progress) -> Compiled:
        for _time in range(15):
            time.sleep(0.2)
            taken.append(Report.objects.get(pk=report.pk).claim(worker="lain/1"))
        return WRITTEN

    write(be_silent)

    assert compile_report(report)

    assert taken == [False] * 15
    assert (report.state, report.attempts) == (Report.State.READY, 1)
    assert events(report).count(Verb.CLAIMED) == 1


def test_no_full_collection_stops_the_heart(
    report: Report, write: Callable[[Writing], None]
) -> None:
    before, full = gc.get_threshold(), [gc.get_stats()[2]["collections"]]

    def make_much(_manuscript: Manuscript, _progress: Progress) -> Compiled:
        kept = [[number] for number in range(2_000_000)]
        full.append(gc.get_stats()[2]["collections"])
        assert kept
        return WRITTEN

    write(make_much)
    compile_report(report)

    assert full[0] == full[1]
    assert gc.get_threshold() == before


@at_once
def test_work_whose_claim_was_lost_stops_at_its_next_word(
    report: Report, settings: LazySettings, write: Callable[[Writing], None]
) -> None:
    settings.REPORT_LEASE_SECONDS = 600  # the heart does not beat before the work speaks

    def lose(_manuscript: Manuscript, progress: Progress) -> Compiled:
        let_run_out(report)
        claim(report, "lain/1")
        progress(50, "laying_out")
        raise AssertionError("The work went on.")

    write(lose)

    with pytest.raises(LostClaim):
        compile_report(report)

    assert not default_storage.exists("reports")


@at_once
def test_heart_that_lost_its_claim_stops_the_work_while_the_row_cannot_be_asked(
    report: Report, settings: LazySettings, write: Callable[[Writing], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.REPORT_LEASE_SECONDS = 1

    def lose(_manuscript: Manuscript, progress: Progress) -> Compiled:
        monkeypatch.setattr(Report, "advance", away)
        let_run_out(report)
        claim(report, "lain/1")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            progress(50, "laying_out")
            time.sleep(0.05)
        raise AssertionError("The work went on.")

    write(lose)

    with pytest.raises(LostClaim):
        compile_report(report)


def away(*_arguments: object, **_options: object) -> None:
    raise OperationalError("the connection is lost")


# On its card --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (5.9, "The worker is busy, last heard 5 seconds ago."),
        (1, "The worker is busy, last heard 1 second ago."),
        (-10, "The worker is busy, last heard 0 seconds ago."),  # this clock is behind
        (65, "The worker is not heard any more. Another one will begin this report anew"),
    ],
)
def test_report_says_when_its_worker_was_last_heard(
    report: Report,
    planner: User,
    sign_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    sentence: str,
) -> None:
    until = claim(report, "mesin/1").lease_until
    assert until
    moment = until - lease() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: moment)

    page = in_english(sign_in(planner)).get(reverse("reporting:report", args=[report.code]))

    assert sentence in page.content.decode()


def test_report_that_waits_has_no_worker_to_be_heard(
    report: Report, planner: User, sign_in: Callable[[User], Client]
) -> None:
    page = in_english(sign_in(planner)).get(reverse("reporting:report", args=[report.code]))

    assert "Waits for its turn" in page.content.decode()
    assert "The worker" not in page.content.decode()


# While the database is away -----------------------------------------------------------------


def cut_connections() -> None:
    """Ends every connection to the test's database, this one first, as a restart would."""
    with connections["default"].copy().cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        own = cursor.db
    own.close()


@at_once
@pytest.mark.slow
def test_report_is_published_after_the_database_cut_every_connection_during_the_layout(
    report: Report, settings: LazySettings, write: Callable[[Writing], None]
) -> None:
    settings.REPORT_LEASE_SECONDS = 1
    really, cuts = writing.write_pdf, set[str]()

    def write_while_cut(manuscript: Manuscript, progress: Progress) -> Compiled:
        def cut_once_a_stage(percent: int, stage: str) -> None:
            if stage not in cuts:
                cuts.add(stage)
                cut_connections()
            progress(percent, stage)

        compiled = really(manuscript, cut_once_a_stage)
        assert Report.objects.exists(), "a connection for the last cut"
        cut_connections()
        return compiled

    write(write_while_cut)

    assert compile_report(report)

    assert cuts == set(STAGES) - {"freezing"}
    assert (report.state, report.attempts) == (Report.State.READY, 1)
    assert default_storage.exists(report.file)
    assert events(report).count(Verb.READY) == 1


def test_publishing_again_what_was_published_is_no_loss(report: Report) -> None:
    own = claim(report, "mesin/1")
    name = default_storage.save("reports/x.pdf", compiling.ContentFile(b"%PDF"))
    facts: dict[str, Any] = {"size": 4, "sha256": "0" * 64, "pages": 1, "row_count": 1}

    assert own.publish(file=name, **facts)
    assert own.publish(file=name, **facts)

    assert not own.publish(file="other.pdf", **facts)
    assert events(report).count(Verb.READY) == 1


@at_once
def test_file_of_a_worker_that_died_before_it_could_publish_goes(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as kill:
        kill.setattr(Report, "publish", lambda *_, **__: sys.exit())
        with pytest.raises(SystemExit):
            compiling.hand_over(claim(report, "killed/1"), WRITTEN)
    before = default_storage.listdir("reports")[1]
    let_run_out(report)

    compiling.hand_over(claim(report, "next/1"), WRITTEN)

    assert before == [f"{report.code}-1.pdf"]
    assert default_storage.listdir("reports")[1] == [f"{report.code}-2.pdf"]


def test_finished_work_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PAUSE", 0.01)
    refusals = [OperationalError("the database starts up")] * 3

    def work() -> str:
        if refusals:
            raise refusals.pop()
        return "done"

    assert compiling.insist(work) == "done"


@at_once
def test_finished_work_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PAUSE", 0.01)
    monkeypatch.setattr(compiling, "PATIENCE", 0.1)

    with pytest.raises(OperationalError):
        compiling.insist(away)


def test_nothing_is_insisted_on_within_a_transaction(db: None) -> None:
    with pytest.raises(OperationalError):
        compiling.insist(away)


@at_once
def test_compiling_leaves_no_thread(report: Report, write: Callable[[Writing], None]) -> None:
    write(lambda _manuscript, _progress: WRITTEN)

    compile_report(report)

    wait_until(lambda: threading.active_count() == len(threading.enumerate()), "threads to end", 5)
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}
