"""What nobody can read, or what was written ahead, in one consultation: it is a finding there, and
stops neither sealing nor checking of another."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import User
from consultations import witness
from consultations.models import Consultation, PlanEvent, RecordCheck, Seal, Unsealed
from consultations.tasks import seal as seal_task
from reports import checking
from reports.models import Report
from tests import administration, factories
from tests.reports.recording import check

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(report: Report, planner: User) -> Consultation:
    """A second consultation, whose record must not suffer from the first one's."""
    return factories.make_consultation(planner, factories.make_cycle(2031))


UNREADABLE = {"a shape": '{"texts": 3}', "a depth": '{"texts":' * 3000 + "1" + "}" * 3000}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_in_one_consultation_keeps_no_other_from_being_checked(
    report: Report, other: Consultation, what: str
) -> None:
    check()
    evidence = "UPDATE consultations_planevent SET evidence = %s WHERE consultation_id = %s"
    dates = "UPDATE consultations_consultation SET closes_at = now() + interval '1 d' WHERE id = %s"
    with administration.without_triggers() as cursor:
        cursor.execute(evidence, [UNREADABLE[what], report.consultation.pk])
        cursor.execute(dates, [other.pk])

    found = check()

    assert any(line.startswith(f"{report.consultation.slug}: It holds") for line in found)
    assert [line for line in found if line.startswith(other.slug)] == [
        f"{other.slug}: Stage or dates of the consultation are not as the last event left them."
    ]


def test_what_cannot_be_sealed_in_one_consultation_keeps_no_other_from_being_sealed(
    report: Report, other: Consultation, planner: User
) -> None:
    seal_task()
    report.consultation.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)
    deep = "UPDATE consultations_planevent SET evidence = %s WHERE verb = 'year_changed'"
    with administration.without_triggers() as cursor:
        cursor.execute(deep, [UNREADABLE["a depth"]])
    other.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)

    seal_task()

    assert [note.consultation for note in Unsealed.objects.all()] == [report.consultation]


ODD = {
    "a time": "UPDATE consultations_consultation SET grace_until = 'infinity' WHERE id = %s",
    "a name": "UPDATE consultations_consultation SET slug = '../..' WHERE id = %s",
}


@pytest.mark.parametrize("what", ODD)
def test_odd_consultation_keeps_no_other_from_being_sealed_or_checked(
    report: Report, other: Consultation, planner: User, what: str
) -> None:
    seal_task()
    for consultation in (report.consultation, other):
        consultation.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)
    with administration.with_triggers() as cursor:
        cursor.execute(ODD[what], [report.consultation.pk])

    seal_task()
    kept = witness.kept(other.slug)
    found = check()

    newest = Seal.objects.newest(other.pk)
    assert newest
    assert kept
    assert kept.size == newest.size
    assert any("It holds something that no deed" in line for line in found)
    assert not any(line.startswith(other.slug) for line in found)
    assert RecordCheck.objects.newest()


def test_so_many_findings_that_nobody_reads_them_are_counted(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE aspirations_aspiration SET body = 'lain'")
    everything = check()
    monkeypatch.setattr(checking, "SENTENCES", 2)

    said = check()

    assert said[:2] == everything[:2]
    assert len(said) == 3
    assert said[-1].endswith(f"And {len(everything) - 2} more sentences like these.")


AHEAD = {
    "a tile": "INSERT INTO consultations_tile (consultation_id, level, index, hash)"
    " VALUES (%(here)s, 1, 0, 'x')",
    "leaves": "INSERT INTO consultations_leaf (consultation_id, index, kind, row, hash)"
    " SELECT %(here)s, 1000000 + n, 'plan', %(top)s + n, '' FROM generate_series(1, 900) n",
    "notes": "INSERT INTO consultations_unsealed (consultation_id, kind, row, at)"
    " SELECT %(here)s, 'plan', %(top)s + n, '9999-01-01' FROM generate_series(1, 900) n",
}


@pytest.mark.parametrize("what", AHEAD)
def test_what_is_written_ahead_in_one_consultation_stops_no_other(
    report: Report, other: Consultation, planner: User, what: str
) -> None:
    seal_task()
    newest = PlanEvent.objects.latest("pk")
    with connection.cursor() as cursor:
        cursor.execute(AHEAD[what], {"here": report.consultation.pk, "top": newest.pk})
    for _time in range(256):  # leaves under a tile
        report.consultation.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)
    other.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)

    seal_task()

    assert not Unsealed.objects.filter(consultation=other).exists()
    found = check()
    assert any(line.startswith(report.consultation.slug) for line in found)
    assert not any(line.startswith(other.slug) for line in found)


def test_name_that_leads_into_the_folder_of_another_consultation(report: Report) -> None:
    true = report.consultation
    false = Consultation.objects.create(
        cycle=true.cycle,
        stage="rancangan",
        slug=f"./{true.slug}",
        opens_at=true.opens_at,
        closes_at=true.closes_at,
    )
    kept = witness.kept(true.slug)
    false.record(PlanEvent.Verb.PLANNED, by=None, evidence=false.window_evidence())

    seal_task()

    assert witness.kept(true.slug) == kept
    assert any(line.startswith(f"{false.slug}: It holds something") for line in check())


def test_kept_roots_that_cannot_be_listed_are_a_finding(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_folder: str) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(default_storage, "listdir", denied)

    assert any("outside the database cannot be read" in line for line in check())
