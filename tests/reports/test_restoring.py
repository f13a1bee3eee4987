"""Going on after a restored backup: somebody answers for what is lost; nothing else gets by."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations import witness
from consultations.models import ChapterText, Consultation, PlanEvent, Seal
from tests import administration, factories
from tests.reports.recording import beside, check, go_on, seal

pytestmark = pytest.mark.django_db(transaction=True)
REWRITTEN = """
    UPDATE aspirations_event SET words = 'Lain.' WHERE verb = 'noted';
    DELETE FROM consultations_leaf; DELETE FROM consultations_seal;
    INSERT INTO consultations_unsealed (consultation_id, kind, row)
        SELECT consultation_id, 'aspiration', id FROM aspirations_event ORDER BY id DESC;
    INSERT INTO consultations_unsealed (consultation_id, kind, row)
        SELECT consultation_id, 'plan', id FROM consultations_planevent;
"""
BACK_TO_THE_BACKUP = """
    DELETE FROM aspirations_event WHERE verb = 'noted';
    DELETE FROM consultations_seal WHERE size = (SELECT max(size) FROM consultations_seal);
    DELETE FROM consultations_leaf WHERE index >= (SELECT max(size) FROM consultations_seal);
"""


@pytest.fixture
def restored(chapter_text: ChapterText, planner: User) -> Aspiration:
    """Its last event came after the backup: only the file outside the database knows of it."""
    aspiration = factories.make_answered(chapter_text, planner)
    seal(aspiration.consultation)
    aspiration.note("Setelah cadangan.", by=planner)
    seal(aspiration.consultation)
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    return aspiration


WHY = "Server terbakar; cadangan pukul 02.00 dipakai."


def accept(slug: str, *flags: str, reason: str = WHY) -> str:
    out = StringIO()
    call_command("accept_restored", slug, "--reason", reason, *flags, stdout=out)
    return out.getvalue()


def test_record_goes_on_once_somebody_answers_for_what_is_lost(
    client: Client, restored: Aspiration
) -> None:
    consultation = restored.consultation
    lost = witness.kept(consultation.slug)
    assert lost
    assert len(check()) == 1

    said = accept(consultation.slug, "--unproven")

    event = consultation.events.get(verb="restored")
    assert event.words == WHY
    assert event.evidence == {"lost": {"size": lost.size, "root": lost.root}, "proven": 0}
    assert said
    assert check() == []
    go_on(consultation)
    assert check() == []
    overview, log = (
        client.get(reverse(name, args=[consultation.slug])).text
        for name in ("overview:consultation", "record:log")
    )
    assert WHY in overview
    assert WHY in log
    assert lost.root in log
    assert "Tidak ada yang terbukti" in log
    assert "dipulihkan dari cadangan" in client.get(reverse("record:index")).text


def test_record_that_continues_no_kept_root_is_not_accepted_by_mistake(
    restored: Aspiration,
) -> None:
    with pytest.raises(CommandError, match="--unproven"):
        accept(restored.consultation.slug)
    assert not restored.consultation.events.filter(verb="restored").exists()


def test_nothing_is_accepted_where_nothing_is_lost(restored: Aspiration) -> None:
    accept(restored.consultation.slug, "--unproven")

    with pytest.raises(CommandError, match="--known"):
        accept(restored.consultation.slug)
    assert restored.consultation.events.filter(verb="restored").count() == 1


def test_killed_before_it_kept_the_new_seal_it_is_done_again_and_recorded_once(
    restored: Aspiration, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = witness.accept
    monkeypatch.setattr(witness, "accept", lambda _consultation: None)
    accept(restored.consultation.slug, "--unproven")
    assert any("kept" in line for line in check())
    monkeypatch.setattr(witness, "accept", accepted)

    accept(restored.consultation.slug, "--unproven")

    assert restored.consultation.events.filter(verb="restored").count() == 1
    assert check() == []


def test_spoilt_file_is_no_restored_backup(restored: Aspiration) -> None:
    folder = f"record/{restored.consultation.slug}"
    (name,) = default_storage.listdir(folder)[1]
    default_storage.delete(f"{folder}/{name}")
    default_storage.save(f"{folder}/{name}", ContentFile(b'{"size": 1e400}'))

    with pytest.raises(CommandError, match="tidak dapat dibaca"):
        accept(restored.consultation.slug)
    assert any("cannot be read" in line for line in check())


@pytest.fixture
def second_day(chapter_text: ChapterText, planner: User) -> Aspiration:
    """A seal of yesterday and one of today are kept."""
    aspiration = factories.make_answered(chapter_text, planner)
    Seal.objects.seal(aspiration.consultation_id, at=timezone.now() - timedelta(days=1))
    assert witness.keep(aspiration.consultation)
    aspiration.note("Setelah cadangan.", by=planner)
    seal(aspiration.consultation)
    assert len(default_storage.listdir(f"record/{aspiration.consultation.slug}")[1]) == 2
    return aspiration


@pytest.mark.parametrize("more", [0, 1, 3], ids=["shorter", "as long", "longer"])
def test_older_state_is_known_by_the_seal_of_the_day_before(
    client: Client, second_day: Aspiration, more: int
) -> None:
    slug = second_day.consultation.slug
    yesterday = Seal.objects.order_by("size")[0]
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    for _time in range(more):
        go_on(second_day.consultation)

    accept(slug)

    assert check() == []
    (event,) = second_day.consultation.events.filter(verb="restored")
    assert event.evidence["proven"] == yesterday.size
    page = client.get(reverse("record:log", args=[slug])).text
    assert f"sampai peristiwa {yesterday.size}" in page


def test_roots_between_the_backup_and_the_loss_are_given_up_too(
    second_day: Aspiration, planner: User
) -> None:
    """The backup is older than a kept day of which the restored log is long enough again."""
    consultation = second_day.consultation
    for days in (1, 2):
        second_day.note("Hari lain.", by=planner)
        Seal.objects.seal(consultation.pk, at=timezone.now() + timedelta(days=days))
        assert witness.keep(consultation)
    assert len(default_storage.listdir(f"record/{consultation.slug}")[1]) == 4
    with administration.without_triggers() as cursor:
        for _time in range(3):
            cursor.execute(
                "DELETE FROM consultations_seal"
                " WHERE size = (SELECT max(size) FROM consultations_seal)"
            )
        cursor.execute(
            "DELETE FROM consultations_leaf"
            " WHERE index >= (SELECT max(size) FROM consultations_seal);"
            "DELETE FROM aspirations_event WHERE verb = 'noted'"
        )
    for _time in range(2):
        go_on(consultation)

    accept(consultation.slug)

    assert check() == []
    assert len(default_storage.listdir(f"record/{consultation.slug}")[1]) == 2


def test_loss_is_recorded_by_a_mailed_root_where_the_kept_ones_are_as_old(
    second_day: Aspiration,
) -> None:
    consultation = second_day.consultation
    lost = Seal.objects.newest(consultation.pk)
    assert lost
    newest = default_storage.listdir(f"record/{consultation.slug}")[1]
    default_storage.delete(f"record/{consultation.slug}/{max(newest)}")
    known = f"{lost.size}:{lost.root.upper()}"
    with pytest.raises(CommandError, match="--known"):
        accept(consultation.slug, "--known", known)
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    assert check() == [], "nothing here shows it"
    with pytest.raises(CommandError, match="--known"):
        accept(consultation.slug)

    with pytest.raises(CommandError, match="--unproven"):
        accept(consultation.slug, "--known", known)

    accept(consultation.slug, "--known", known, "--unproven")

    (event,) = consultation.events.filter(verb="restored")
    assert event.evidence == {"lost": {"size": lost.size, "root": lost.root}, "proven": 0}
    go_on(consultation)
    assert check() == []
    with pytest.raises(CommandError, match="Tidak ada"):
        accept(consultation.slug, "--known", known, "--unproven")


def known_of(consultation: Consultation) -> str:
    kept = witness.kept(consultation.slug)
    assert kept
    return f"{kept.size}:{kept.root}"


def test_command_that_is_repeated_hides_no_log_that_was_rewritten_since(
    restored: Aspiration, planner: User
) -> None:
    consultation = restored.consultation
    known = ("--known", known_of(consultation))
    accept(consultation.slug, *known, "--unproven")
    restored.note("Benar.", by=planner)
    seal(consultation)
    with administration.without_triggers() as cursor:
        cursor.execute(REWRITTEN)
    assert check()

    with pytest.raises(CommandError, match="--unproven"):
        accept(consultation.slug, *known)

    assert check()


def test_second_loss_is_recorded_too(second_day: Aspiration, planner: User) -> None:
    consultation = second_day.consultation
    known = ("--known", known_of(consultation))
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    accept(consultation.slug)
    for _time in range(2):
        second_day.note("Hilang lagi.", by=planner)
        seal(consultation)
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
        cursor.execute(BACK_TO_THE_BACKUP)
    lost = witness.kept(consultation.slug)
    assert lost
    assert check()

    accept(consultation.slug, *known, "--unproven")

    sizes = [
        event.evidence["lost"]["size"] for event in consultation.events.filter(verb="restored")
    ]
    assert lost.size in sizes
    assert check() == []


def test_greater_root_that_is_kept_is_named_beside_a_smaller_one_that_is_known(
    second_day: Aspiration,
) -> None:
    consultation = second_day.consultation
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    kept = witness.kept(consultation.slug)
    assert kept

    accept(consultation.slug, "--known", f"{kept.size - 1}:{'ab' * 32}", "--unproven")

    events = consultation.events.filter(verb="restored")
    assert {event.evidence["lost"]["size"] for event in events} == {kept.size, kept.size - 1}


def test_loss_that_somebody_forged_beforehand_is_no_way_around_the_questions(
    second_day: Aspiration,
) -> None:
    consultation, kept = second_day.consultation, witness.kept(second_day.consultation.slug)
    assert kept
    forged = {"lost": {"size": kept.size, "root": kept.root}, "proven": kept.size}
    consultation.record(PlanEvent.Verb.RESTORED, by=None, words="Palsu.", evidence=forged)
    with administration.without_triggers() as cursor:
        cursor.execute("DELETE FROM consultations_unsealed")
        cursor.execute(REWRITTEN)

    with pytest.raises(CommandError, match="--unproven"):
        accept(consultation.slug)
    assert check()


def test_two_who_accept_it_at_once_record_it_once(restored: Aspiration) -> None:
    slug = restored.consultation.slug
    people = [beside(lambda: accept(slug, "--unproven")) for _number in range(3)]

    for person in people:
        person.start()
    for person in people:
        person.join()

    assert restored.consultation.events.filter(verb="restored").count() == 1
    assert check() == []


def test_spoilt_file_is_replaced_where_a_known_root_says_what_was_lost(
    restored: Aspiration,
) -> None:
    folder, known = f"record/{restored.consultation.slug}", known_of(restored.consultation)
    (name,) = default_storage.listdir(folder)[1]
    default_storage.delete(f"{folder}/{name}")
    default_storage.save(f"{folder}/{name}", ContentFile(b"{}"))

    accept(restored.consultation.slug, "--known", known, "--unproven")

    assert check() == []


@pytest.mark.parametrize("odd", ["12", "0:" + "a" * 64, "12:xyz", "12:" + "a" * 63])
def test_odd_root_is_refused_with_a_sentence(restored: Aspiration, odd: str) -> None:
    with pytest.raises(CommandError, match="64 hexadecimal"):
        accept(restored.consultation.slug, "--known", odd)


def test_record_that_was_rewritten_is_no_older_state(second_day: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(REWRITTEN)
    Seal.objects.seal(second_day.consultation_id)

    with pytest.raises(CommandError, match="--unproven"):
        accept(second_day.consultation.slug)
    assert check()


def test_other_tampering_is_not_accepted_along_with_it(restored: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE aspirations_response SET reason = 'lain'")

    with pytest.raises(CommandError, match=restored.code):
        accept(restored.consultation.slug, "--unproven")
    assert not restored.consultation.events.filter(verb="restored").exists()


def test_what_lost_its_own_row_is_not_accepted_along_with_it(restored: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE email <> ''")

    with pytest.raises(CommandError, match=r"PlanEvent\.by"):
        accept(restored.consultation.slug, "--unproven")


@pytest.mark.parametrize(("slug", "reason"), [("rkpd-1999", "Lain."), ("", " ")])
def test_consultation_and_reason_must_be_there(
    restored: Aspiration, slug: str, reason: str
) -> None:
    with pytest.raises(CommandError):
        accept(slug or restored.consultation.slug, reason=reason)
    assert not restored.consultation.events.filter(verb="restored").exists()
