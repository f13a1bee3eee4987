"""A row is changed, and an event that suits it is forged along with it, through the portal's own
door: what stands in the row must still be where the whole history leads."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Agency, User
from aspirations.models import Aspiration, Event
from consultations import merkle, witness
from consultations.models import Consultation, Leaf, PlanEvent, Seal, Unsealed
from consultations.models.seal import Log
from consultations.tasks import seal as seal_task
from reports import erasing
from reports.models import Report, Snapshot, SnapshotRow
from tests import administration
from tests.reports.recording import check, go_on, owner, portal

pytestmark = pytest.mark.django_db(transaction=True)


def accept_again(changed: Aspiration, planner: User) -> None:
    """An event that attests the changed state and says that it was accepted."""
    changed = Aspiration.objects.get(pk=changed.pk)
    changed.record(Event.Verb.ACCEPTED, by=planner, evidence={"state": changed.state_now()})


def is_found_by_its_stand() -> bool:
    return any("not as the last event left them" in line for line in check())


def test_old_answer_brought_back(report: Report, planner: User) -> None:
    answered = Aspiration.objects.get(disposition="noted")
    old, new = answered.responses.order_by("pk")
    portal("UPDATE aspirations_response SET superseded_at = now() WHERE id = %s", new.pk)
    portal("UPDATE aspirations_response SET superseded_at = NULL WHERE id = %s", old.pk)
    portal("UPDATE aspirations_aspiration SET disposition = %s", old.disposition)
    accept_again(answered, planner)

    assert is_found_by_its_stand()


def test_answer_hidden(report: Report, planner: User) -> None:
    answered = Aspiration.objects.get(disposition="noted")
    portal("UPDATE aspirations_response SET superseded_at = now() WHERE superseded_at IS NULL")
    portal("UPDATE aspirations_aspiration SET disposition = 'pending'")
    accept_again(answered, planner)

    assert is_found_by_its_stand()


def test_consent_of_somebody_who_was_erased(
    report: Report, planner: User, administrator: User
) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    erasing.erase_author(aspiration, by=administrator)
    owner("UPDATE aspirations_aspiration SET consent_publish = NOT consent_publish")
    accept_again(aspiration, planner)

    assert is_found_by_its_stand()


HOW_IT_CAME = {
    "its channel": "channel = 'paper'",
    "its time": "submitted_at = submitted_at - interval '40 days'",
    "the text it is about": "chapter_text_id = NULL",
    "who typed it": "agency_id = %(agency)s, entered_by_id = %(planner)s",
}


@pytest.mark.parametrize("what", HOW_IT_CAME)
def test_how_it_came_in(report: Report, planner: User, agency: Agency, what: str) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    change = f"UPDATE aspirations_aspiration SET {HOW_IT_CAME[what]} WHERE moderation = 'accepted'"  # noqa: S608
    with administration.without_triggers() as cursor:
        cursor.execute(change, {"agency": agency.pk, "planner": planner.pk})
    accept_again(aspiration, planner)

    assert is_found_by_its_stand()


def test_reason_other_than_told(report: Report, planner: User) -> None:
    refused = Aspiration.objects.get(moderation="submitted")
    refused.refuse(by=planner, reason="Di luar kewenangan.")
    assert check() == []
    portal(
        "UPDATE aspirations_aspiration SET moderation_reason = 'Palsu' WHERE id = %s", refused.pk
    )
    state = {"state": Aspiration.objects.get(pk=refused.pk).state_now()}
    refused.record(Event.Verb.REFUSED, by=planner, words="Di luar kewenangan.", evidence=state)

    assert is_found_by_its_stand()


def test_answer_told_to_one_that_is_joined_and_never_given(report: Report, planner: User) -> None:
    joined = Aspiration.objects.get(moderation="merged")
    said = {"response": "ab" * 32}
    joined.record(Event.Verb.RESPONDED, by=planner, words="Palsu.", evidence=said)

    assert check() == [
        f"{report.consultation.slug}: {joined.code}: an event tells of an answer that was not"
        " given."
    ]


@pytest.mark.parametrize("days", [-40, 40], ids=["before it came in", "in time to come"])
def test_event_at_another_time(report: Report, planner: User, days: int) -> None:
    aspiration = Aspiration.objects.get(moderation="submitted")
    aspiration.accept(by=planner, at=aspiration.submitted_at + timedelta(days=days))

    assert any("not in their order" in line for line in check())


def test_event_that_is_kept_from_the_log(report: Report, planner: User) -> None:
    aspiration = Aspiration.objects.get(moderation="submitted")
    event = aspiration.record(Event.Verb.NOTED, by=planner, words="Rahasia.")
    sealed = Leaf.objects.filter(kind="aspiration")[0]
    portal("DELETE FROM consultations_unsealed WHERE row = %s", event.pk)
    portal(
        "INSERT INTO consultations_unsealed (consultation_id, kind, row, at)"
        " VALUES (%s, 'aspiration', %s, '9999-01-01')",
        aspiration.consultation_id,
        sealed.row,
    )

    assert any("never noted for the log" in line for line in check())
    go_on(report.consultation)
    assert any("never noted for the log" in line for line in check())


def test_event_that_waits_for_ever(report: Report, planner: User) -> None:
    portal(
        "INSERT INTO consultations_planevent"
        " (consultation_id, verb, by_id, at, words, evidence, key)"
        " VALUES (%s, 'extended', %s, now(), 'Palsu', '[]', 'x')",
        report.consultation.pk,
        planner.pk,
    )
    portal("UPDATE consultations_unsealed SET at = '9999-01-01'")

    assert any("waits to be sealed (plan) attests what no" in line for line in check())


def test_dates_moved_as_if_by_a_report(report: Report, planner: User) -> None:
    portal("UPDATE consultations_consultation SET opens_at = opens_at - interval '9 days'")
    moved = Consultation.objects.get()
    moved.record(PlanEvent.Verb.REPORTED, by=planner, evidence=moved.window_evidence())

    assert any("Stage or dates" in line for line in check())


def test_seal_of_a_year_of_three_digits(report: Report, planner: User) -> None:
    """The sealer's own work, done by somebody else, so that its root is never kept."""
    consultation, newest = report.consultation, Seal.objects.newest(report.consultation.pk)
    assert newest
    Aspiration.objects.get(moderation="submitted").refuse(by=planner, reason="Tidak.")
    (note,) = Unsealed.objects.all()
    row = Event.objects.get(pk=note.row)
    leaf = Leaf(consultation=consultation, index=newest.size, kind=note.kind, row=note.row)
    leaf.hash = merkle.leaf_hash(row.leaf_data())
    log = Log(consultation.pk, newest.size)
    log.append([leaf.hash])
    seal = Seal(consultation=consultation, size=log.size, root=log.root().hex())
    seal.at = newest.at.replace(year=999)
    seal.link = seal.linked_to(newest)
    leaf.save()
    seal.save()
    note.delete()

    seal_task()

    kept = witness.kept(consultation.slug)
    assert kept
    assert kept.size == seal.size


def test_frozen_row_that_is_made_nobodys(report: Report, administrator: User) -> None:
    gone = Aspiration.objects.get(moderation="accepted")
    erasing.erase_author(gone, by=administrator)
    row = SnapshotRow.objects.exclude(aspiration=gone).exclude(data__author_full="")[0]
    owner(
        "UPDATE reports_snapshotrow SET aspiration_id = %s,"
        """ data = data || '{"author": "", "author_full": ""}' WHERE id = %s""",
        gone.pk,
        row.pk,
    )

    assert any("are not what people wrote" in line for line in check())


def test_snapshot_that_is_made_by_hand(report: Report) -> None:
    false, newest = Snapshot(consultation=report.consultation), Seal.objects.latest("size")
    false.save()
    for row in report.snapshot.rows.all():
        row.pk, row.snapshot, row.data = None, false, row.data | {"body": "Palsu."}
        row.save(force_insert=True)
    made = {"taken_at": timezone.now(), "log_size": newest.size, "log_root": newest.root}
    made |= {"row_count": report.snapshot.row_count, "sha256": false.sha256_of_rows()}
    Snapshot.objects.filter(pk=false.pk).update(**made)
    false.refresh_from_db()
    frozen = {"snapshot": false.state_sha256()}
    report.consultation.record(PlanEvent.Verb.FROZEN, by=None, evidence=frozen)

    assert any("are not what people wrote" in line for line in check())


def test_file_of_another_report(report: Report) -> None:
    assert default_storage.exists(report.file)
    report.pk, report.code = None, "LK28-PALSU-1"

    with pytest.raises(IntegrityError, match="file_of_one_report"):
        report.save(force_insert=True)
