"""Who did what to a report: the whole history on its page, and a record that nobody can change."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import AlreadyDone
from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import Consultation
from reports import freezing
from reports.compiling import compile_report, this_worker
from reports.errors import LostClaim
from reports.models import Report, ReportEvent, Snapshot, SnapshotRow
from reports.models.report import MAX_ATTEMPTS
from reports.progress import STAGES
from tests import factories

Verb = ReportEvent.Verb
MOMENT = re.compile(
    r'<span class="timeline__what">(.*?)</span>'
    r'(?: <span class="timeline__text">(.*?)</span>)?\s*'
    r'<span class="timeline__when">(.*?) · ',
    re.DOTALL,
)


def ask(consultation: Consultation, by: User) -> Report:
    """The public one of the two editions that are asked for."""
    return next(r for r in Report.objects.request(consultation, by=by) if r.edition == "public")


def history_on(page: str) -> list[tuple[str, str, str]]:
    """What, which words and who, moment by moment, as the desk's page shows them."""
    return [(unescape(a), unescape(b), unescape(c)) for a, b, c in MOMENT.findall(page)]


def told(*moments: tuple[str, str, object]) -> list[tuple[str, str, str]]:
    return [(str(Verb(verb).label), words, str(who)) for verb, words, who in moments]


@pytest.mark.slow
def test_history_of_a_report_that_failed_was_retried_compiled_and_released(
    accepted: Aspiration,
    planner: User,
    lead_planner: User,
    official: User,
    sign_in: Callable[[User], Client],
    tmp_path: Path,
) -> None:
    report = ask(accepted.consultation, planner)
    broken_disk = tmp_path / "media"
    broken_disk.write_text("a file where a folder should be")
    compile_report(report)
    failure = report.failure
    broken_disk.unlink()

    sign_in(lead_planner).post(reverse("reporting:retry", args=[report.code]))
    compile_report(report)
    sign_in(official).post(reverse("reporting:release", args=[report.code]))
    page = sign_in(official).get(reverse("reporting:report", args=[report.code]))

    worker = this_worker()
    work = [
        (Verb.CLAIMED, "", worker),
        *[(Verb.ADVANCED, str(words), worker) for words in STAGES.values()],
    ]
    assert history_on(page.content.decode()) == told(
        (Verb.REQUESTED, "", planner),
        *work,
        (Verb.FAILED, failure, worker),
        (Verb.RETRIED, "", lead_planner),
        *work,
        (Verb.READY, "", worker),
        (Verb.RELEASED, "", official),
    )


def test_only_what_happened_is_recorded(
    accepted: Aspiration, planner: User, lead_planner: User
) -> None:
    report = ask(accepted.consultation, planner)
    assert report.claim(worker="mesin/1")
    assert not Report.objects.get(pk=report.pk).claim(worker="mesin/2")
    report.fail("Gagal.")

    report.retry(by=lead_planner)
    with pytest.raises(AlreadyDone):
        report.retry(by=planner)

    assert list(report.events.values_list("verb", "by", "worker", "words")) == [
        (Verb.REQUESTED, planner.pk, "", ""),
        (Verb.CLAIMED, None, "mesin/1", ""),
        (Verb.FAILED, None, "mesin/1", "Gagal."),
        (Verb.RETRIED, lead_planner.pk, "", ""),
    ]


def test_a_lost_claim_records_nothing(accepted: Aspiration, planner: User) -> None:
    slow = ask(accepted.consultation, planner)
    assert slow.claim(worker="lambat/1")
    Report.objects.filter(pk=slow.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert Report.objects.get(pk=slow.pk).claim(worker="cepat/1")
    before = list(slow.events.values_list("pk", flat=True))

    with pytest.raises(LostClaim):
        slow.advance(50, "laying_out")
    late = slow.publish(file="x.pdf", size=1, sha256="0" * 64, pages=1, row_count=1)

    assert not late
    assert list(slow.events.values_list("pk", flat=True)) == before


def test_a_lost_claim_cannot_fail_the_report(accepted: Aspiration, planner: User) -> None:
    slow = ask(accepted.consultation, planner)
    assert slow.claim(worker="lambat/1")
    Report.objects.filter(pk=slow.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert Report.objects.get(pk=slow.pk).claim(worker="cepat/1")

    slow.fail("Terlambat.")

    assert slow.state == Report.State.COMPILING
    assert not slow.events.filter(verb=Verb.FAILED).exists()


def test_whoever_finds_a_report_interrupted_three_times_records_its_failure(
    accepted: Aspiration, planner: User
) -> None:
    report = ask(accepted.consultation, planner)
    for attempt in range(MAX_ATTEMPTS):
        assert report.claim(worker=f"mesin/{attempt}")
        Report.objects.filter(pk=report.pk).update(lease_until=timezone.now() - timedelta(days=1))

    assert not report.claim(worker="mesin/terakhir")

    last = report.events.last()
    assert last
    assert (last.verb, last.worker, last.words) == (Verb.FAILED, "mesin/terakhir", report.failure)


# The database's word ------------------------------------------------------------------------


@pytest.fixture
def finished(accepted: Aspiration, planner: User) -> Report:
    """A ready report with a history and a frozen row."""
    report = ask(accepted.consultation, planner)
    freezing.freeze(report.snapshot)
    assert report.claim(worker="mesin/1")
    assert report.publish(file="x.pdf", size=1, sha256="0" * 64, pages=1, row_count=1)
    return report


CHANGES: dict[str, Callable[[Report], object]] = {
    "event": lambda report: report.events.update(words="Lain."),
    "event's moment": lambda report: report.events.update(at=timezone.now()),
    "event deleted": lambda report: ReportEvent.objects.filter(report=report).delete(),
    "row": lambda report: report.snapshot.rows.update(is_public=True),
    "row's words": lambda report: report.snapshot.rows.update(data={}),
    "row deleted": lambda report: SnapshotRow.objects.filter(snapshot=report.snapshot).delete(),
    "snapshot": lambda report: Snapshot.objects.filter(pk=report.snapshot_id).update(sha256="f"),
    "sha256": lambda report: Report.objects.filter(pk=report.pk).update(sha256="f" * 64),
    "file": lambda report: Report.objects.filter(pk=report.pk).update(file="lain.pdf"),
    "count": lambda report: Report.objects.filter(pk=report.pk).update(row_count=7),
    "edition": lambda report: Report.objects.filter(pk=report.pk).update(edition="internal"),
    "state": lambda report: Report.objects.filter(pk=report.pk).update(state="queued"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_database_refuses_to_change_what_was_recorded(name: str, finished: Report) -> None:
    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        CHANGES[name](finished)


def test_database_lets_a_ready_report_be_released_once_and_never_taken_back(
    finished: Report, official: User
) -> None:
    finished.release(by=official)

    for change in ({"released_at": None}, {"released_by": finished.requested_by}):
        with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
            Report.objects.filter(pk=finished.pk).update(**change)


def test_database_refuses_to_delete_a_report(consultation: Consultation, planner: User) -> None:
    report = factories.make_report(consultation, planner)

    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        report.delete()
