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
from consultations.models import ChapterText, Seal
from tests import administration, factories
from tests.reports.recording import check, go_on, seal

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


def accept(slug: str, reason: str = "Server terbakar; cadangan pukul 02.00 dipakai.") -> str:
    out = StringIO()
    call_command("accept_restored", slug, reason=reason, stdout=out)
    return out.getvalue()


def test_record_goes_on_once_somebody_answers_for_what_is_lost(
    client: Client, restored: Aspiration
) -> None:
    consultation = restored.consultation
    left = Seal.objects.newest(consultation.pk)
    assert left
    sealed_before = left.size + 1
    assert len(check()) == 1

    said = accept(consultation.slug)

    event = consultation.events.get(verb="restored")
    assert event.words.startswith("Server terbakar")
    assert event.evidence["kept"]["size"] == sealed_before
    assert said
    assert check() == []
    go_on(consultation)
    assert check() == []
    for name in ("overview:consultation", "record:log"):
        assert "Server terbakar" in client.get(reverse(name, args=[consultation.slug])).text


def test_nothing_is_accepted_where_nothing_is_lost(restored: Aspiration) -> None:
    accept(restored.consultation.slug)

    with pytest.raises(CommandError, match="Tidak ada yang hilang"):
        accept(restored.consultation.slug)
    assert restored.consultation.events.filter(verb="restored").count() == 1


def test_killed_before_it_kept_the_new_seal_it_is_done_again_and_recorded_once(
    restored: Aspiration, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = witness.accept
    monkeypatch.setattr(witness, "accept", lambda _consultation: None)
    accept(restored.consultation.slug)
    assert any("kept" in line for line in check())
    monkeypatch.setattr(witness, "accept", accepted)

    accept(restored.consultation.slug)

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


def test_older_state_is_known_by_the_seal_of_the_day_before(second_day: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(BACK_TO_THE_BACKUP)
    for _time in range(3):  # by now the log is longer than the one that was lost
        go_on(second_day.consultation)

    accept(second_day.consultation.slug)

    assert check() == []


def test_record_that_was_rewritten_is_no_older_state(second_day: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute(REWRITTEN)
    Seal.objects.seal(second_day.consultation_id)

    with pytest.raises(CommandError, match="catatan lain"):
        accept(second_day.consultation.slug)
    assert check()


def test_other_tampering_is_not_accepted_along_with_it(restored: Aspiration) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE aspirations_response SET reason = 'lain'")

    with pytest.raises(CommandError, match=restored.code):
        accept(restored.consultation.slug)
    assert not restored.consultation.events.filter(verb="restored").exists()


@pytest.mark.parametrize(("slug", "reason"), [("rkpd-1999", "Lain."), ("", " ")])
def test_consultation_and_reason_must_be_there(
    restored: Aspiration, slug: str, reason: str
) -> None:
    with pytest.raises(CommandError):
        accept(slug or restored.consultation.slug, reason)
    assert not restored.consultation.events.filter(verb="restored").exists()
