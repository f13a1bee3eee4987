"""What the record keeps through rewriting, erasing and freezing; and what is kept outside of it."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import User
from aspirations.models import Aspiration, Event
from consultations import witness
from consultations.models import (
    ChapterText,
    Consultation,
    PlanEvent,
    Seal,
    Unsealed,
)
from consultations.tasks import seal as seal_task
from reports import checking, erasing
from reports.compiling import compile_report
from reports.errors import CannotCompile
from reports.freezing import freeze
from reports.models import Report, Snapshot, SnapshotRow
from tests import administration, factories
from tests.papers import text_of
from tests.reports.recording import beside, check, go_on

pytestmark = pytest.mark.django_db(transaction=True)


REWRITTEN = """
    UPDATE aspirations_event SET words = 'Desa lain?' WHERE verb = 'returned';
    DELETE FROM consultations_leaf; DELETE FROM consultations_tile; DELETE FROM consultations_seal;
    INSERT INTO consultations_unsealed (consultation_id, kind, row, at)
        SELECT consultation_id, 'aspiration', id, at FROM aspirations_event
        UNION ALL SELECT consultation_id, 'plan', id, at FROM consultations_planevent
        UNION ALL SELECT consultation_id, 'report', id, at FROM reports_reportevent;
"""


CUT = """
    DELETE FROM consultations_seal WHERE size = (SELECT max(size) FROM consultations_seal);
    DELETE FROM consultations_leaf WHERE index >= (SELECT max(size) FROM consultations_seal);
    DELETE FROM reports_reportevent WHERE verb = 'released';
    UPDATE reports_report SET released_at = NULL, released_by_id = NULL;
"""


def test_check_finds_a_log_that_was_rewritten_from_end_to_end(report: Report) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(REWRITTEN)
    go_on(report.consultation)

    found = check()
    go_on(report.consultation)

    assert check(), "the portal does not forget by going on"
    assert any("Outside the database a seal" in line for line in found)
    assert any("The seal that the data of" in line for line in found), (
        "the report names the old one"
    )


def test_erasing_a_person_breaks_nothing(report: Report, administrator: User) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    names = SnapshotRow.objects.filter(data__author_full="Rina Lestari").count()

    erasing.erase_author(aspiration, by=administrator)

    left = Aspiration.objects.get(pk=aspiration.pk)
    assert check() == []
    assert left.body == aspiration.body
    assert left.author.salt == left.author.display_name == left.author.contact_email == ""
    assert not left.events.filter(deliveries__address__contains="rina").exists()
    rows = SnapshotRow.objects.filter(aspiration=aspiration)
    assert {row.data["author_full"] for row in rows} == {""}
    assert SnapshotRow.objects.filter(data__author_full="Rina Lestari").count() == names - 1
    assert "Rina" not in everything_that_the_log_says()


def everything_that_the_log_says() -> str:
    return "".join(event.leaf_data().decode() for event in Event.objects.all())


def test_commitment_cannot_be_guessed_without_its_salt(chapter_text: ChapterText) -> None:
    one, two = (factories.make_aspiration(chapter_text).author for _time in range(2))

    assert one.commitment() != two.commitment(), "the same person, told apart by the salt"
    assert len(one.salt) == 32


def test_snapshot_is_not_taken_of_a_record_that_does_not_hold(
    report: Report, planner: User
) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE aspirations_response SET reason = 'lain'")
    snapshot = Snapshot.objects.create(consultation=report.consultation)

    with pytest.raises(CannotCompile, match=r"Catatan tidak utuh\. RK28-"):
        freeze(snapshot)

    snapshot.refresh_from_db()
    assert snapshot.taken_at is None
    assert not snapshot.rows.exists()


def test_log_that_was_cut_is_not_kept_in_the_place_of_the_whole_one(report: Report) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(CUT)
    for _time in range(3):
        go_on(report.consultation)

    assert any("kept" in line for line in check())
    go_on(report.consultation)
    assert any("kept" in line for line in check()), "the portal does not forget by going on"


def test_root_of_what_a_check_or_a_snapshot_sealed_is_kept_too(report: Report) -> None:
    factories.make_aspiration(report.consultation.drafts.get().texts.published()[0])

    assert check() == []

    newest, kept = Seal.objects.newest(report.consultation.pk), witness.kept(slug_of(report))
    assert newest
    assert kept == (newest.size, newest.root, newest.link)


def slug_of(report: Report) -> str:
    return report.consultation.slug


def test_file_of_the_kept_root_that_was_spoilt_is_a_finding(report: Report) -> None:
    newest = Seal.objects.newest(report.consultation.pk)
    assert newest
    (kept,) = default_storage.listdir(f"record/{slug_of(report)}")[1]
    name = f"record/{slug_of(report)}/{kept}"
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"{"))

    assert any("cannot be read" in line for line in check())


def test_stale_copy_erases_its_author_without_spoiling_the_record(
    report: Report, planner: User
) -> None:
    aspiration = factories.make_aspiration(report.consultation.drafts.get().texts.published()[0])
    stale = Aspiration.objects.get(pk=aspiration.pk)
    aspiration.accept(by=planner)

    erasing.erase_author(stale)

    assert check() == []


def test_name_of_somebody_who_was_erased_may_stand_in_no_frozen_row(report: Report) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    aspiration.erase_author()

    assert any("Names in the frozen data" in line for line in check())


def test_whoever_is_erased_while_a_snapshot_is_taken_is_forgotten_in_it(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    snapshot = Snapshot.objects.create(consultation=report.consultation)
    eraser, taken = beside(lambda: erasing.erase_author(aspiration)), Snapshot.take

    def take_and_be_overtaken(self: Snapshot, rows: Any, **options: Any) -> None:
        rows = list(rows)
        eraser.start()
        until_somebody_waits()
        taken(self, rows, **options)

    monkeypatch.setattr(Snapshot, "take", take_and_be_overtaken)
    freeze(snapshot)
    eraser.join()

    assert snapshot.rows.get(aspiration=aspiration).data["author_full"] == ""
    assert check() == []


def test_snapshot_waits_for_whoever_is_being_erased(report: Report) -> None:
    aspiration = Aspiration.objects.get(moderation="accepted")
    snapshot = Snapshot.objects.create(consultation=report.consultation)
    freezer = beside(lambda: freeze(snapshot))

    with transaction.atomic():
        erasing.erase_author(aspiration)
        freezer.start()
        until_somebody_waits()
    freezer.join()

    assert snapshot.rows.get(aspiration=aspiration).data["author_full"] == ""
    assert check() == []


def until_somebody_waits() -> None:
    """Until another connection waits for a lock, as PostgreSQL sees it."""
    waiting = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE NOT granted AND locktype = 'relation' AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    with administration.with_triggers() as cursor:
        while cursor.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.02)


def test_report_that_still_names_somebody_who_was_erased_is_not_released(
    chapter_text: ChapterText, planner: User, lead_planner: User
) -> None:
    named = factories.make_accepted(chapter_text, planner, show_name=True)
    report, _internal = Report.objects.request(named.consultation, by=planner)
    compile_report(report)

    erasing.erase_author(named)

    with pytest.raises(DomainError, match="Susun sekali lagi"):
        report.release(by=lead_planner)
    Report.objects.unfinished().update(state="failed", failure="Tidak dipakai.")
    again, _internal = Report.objects.request(named.consultation, by=planner)
    compile_report(again)
    again.release(by=lead_planner)
    assert again.is_released
    assert "Nama pengirim dihapus atas permintaan" in " ".join(text_of(again).split())


STRAYS = {
    "aspirations": "UPDATE aspirations_aspiration SET consultation_id = 999999",
    "snapshots": "UPDATE reports_snapshot SET consultation_id = 999999",
    "events": "UPDATE aspirations_event SET consultation_id = 999999",
}


@pytest.mark.parametrize("what", STRAYS)
def test_check_finds_what_belongs_to_no_consultation(report: Report, what: str) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(STRAYS[what])

    assert any("belong to something that is not there" in line for line in check())


@pytest.mark.parametrize("content", [None, b"%PDF-1.7 another"], ids=["gone", "another"])
def test_check_finds_a_file_that_is_gone_or_was_changed(
    report: Report, content: bytes | None
) -> None:
    default_storage.delete(report.file)
    if content:
        default_storage.save(report.file, ContentFile(content))

    assert check() == [
        f"{report.consultation.slug}: {report.code}: its file is gone or was changed."
    ]


def test_check_finds_a_file_outside_of_the_storage(report: Report) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE reports_report SET file = '../../x.pdf' WHERE file <> ''")

    assert any("(SuspiciousFileOperation)" in line for line in check())


def test_dates_that_move_between_two_looks_raise_no_alarm(report: Report, planner: User) -> None:
    stale = Consultation.objects.get(pk=report.consultation.pk)
    later = stale.closes_at + timedelta(days=3)
    report.consultation.extend(closes_at=later, reason="Banjir.", by=planner)

    assert list(checking.findings(stale, None)) == []


def test_seals_of_several_sealers_at_once_leave_one_file(report: Report) -> None:
    folder = f"record/{slug_of(report)}"
    for _time in range(3):
        factories.make_aspiration(report.consultation.drafts.get().texts.published()[0])
        sealers = [beside(seal_task) for _number in range(4)]
        for sealer in sealers:
            sealer.start()
        for sealer in sealers:
            sealer.join()
    seal_task()

    newest = Seal.objects.newest(report.consultation.pk)
    assert newest
    assert check() == []
    (kept,) = default_storage.listdir(folder)[1]
    assert kept.startswith(f"{newest.size:012d}-")


def test_sealer_that_is_overtaken_while_it_looks_keeps_its_seal_all_the_same(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    consultation, read = report.consultation, witness._read

    def read_and_be_overtaken(slug: str, name: str) -> witness.Kept:
        monkeypatch.setattr(witness, "_read", read)
        go_on(consultation)
        return read(slug, name)

    factories.make_aspiration(consultation.drafts.get().texts.published()[0])
    Seal.objects.seal(consultation.pk)
    monkeypatch.setattr(witness, "_read", read_and_be_overtaken)

    assert witness.keep(consultation)
    newest, kept = Seal.objects.newest(consultation.pk), witness.kept(consultation.slug)
    assert newest
    assert kept
    assert kept.root == newest.root


def test_root_for_which_there_was_no_room_is_kept_as_soon_as_there_is(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_given: Any) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(default_storage, "save", no_room)
        go_on(report.consultation)
    assert not Unsealed.objects.exists()
    newest, kept = Seal.objects.newest(report.consultation.pk), witness.kept(slug_of(report))
    assert newest
    assert kept
    assert kept.size < newest.size

    seal_task()

    kept = witness.kept(slug_of(report))
    assert kept
    assert kept.size == newest.size


def test_clock_that_is_a_day_behind_for_once_costs_no_root_of_the_day_before(
    report: Report, planner: User
) -> None:
    consultation, now = report.consultation, timezone.now()
    for days in (3, 2, 3, 2):
        consultation.record(PlanEvent.Verb.YEAR_CHANGED, by=planner)
        Seal.objects.seal(consultation.pk, at=now + timedelta(days=days))
        assert witness.keep(consultation)

    names = sorted(default_storage.listdir(f"record/{consultation.slug}")[1])
    assert len(names) == 5, names
