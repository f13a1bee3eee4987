"""An event that is forged through the portal's own door overrules no true one: what each event may
attest is fixed, and what stands in a row must be what its history tells."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from aspirations.models import Aspiration, Event, Response
from consultations import witness
from consultations.models import BlockText, ChapterText, Consultation, Leaf, PlanEvent, Seal
from consultations.models.seal import Log
from reports.freezing import freeze
from reports.models import Report
from tests import factories
from tests.reports.recording import check, go_on, owner, portal

pytestmark = pytest.mark.django_db(transaction=True)


def test_text_that_was_rewritten(report: Report) -> None:
    block = BlockText.objects.exclude(rendered="").select_related("chapter_text")[0]
    owner("UPDATE consultations_blocktext SET rendered = '<p>X</p>' WHERE id = %s", block.pk)
    text = ChapterText.objects.get(pk=block.chapter_text_id)
    texts = {"texts": {str(text.pk): text.sha256()}}
    report.consultation.record(PlanEvent.Verb.TEXT_CHANGED, by=None, evidence=texts)

    assert any("attests what no such event does" in line for line in check())


def test_text_that_is_said_to_be_published_once_more(report: Report) -> None:
    block = BlockText.objects.exclude(rendered="").select_related("chapter_text")[0]
    owner("UPDATE consultations_blocktext SET rendered = '<p>X</p>' WHERE id = %s", block.pk)
    text = ChapterText.objects.get(pk=block.chapter_text_id)
    texts = {"texts": {str(text.pk): text.sha256()}}
    report.consultation.record(PlanEvent.Verb.CHAPTER_PUBLISHED, by=None, evidence=texts)

    assert any("published twice" in line for line in check())


def test_dates_that_were_moved(report: Report) -> None:
    portal("UPDATE consultations_consultation SET closes_at = closes_at - interval '3 days'")
    moved = Consultation.objects.get(pk=report.consultation.pk)
    moved.record(PlanEvent.Verb.TEXT_CHANGED, by=None, evidence=moved.window_evidence())

    assert any("attests what no such event does" in line for line in check())


CHANGES = {
    "a supplement": "supplement = 'Saya puas.'",
    "a moderation": "moderation = 'withdrawn'",
    "a disposition": "disposition = 'accommodated'",
}


@pytest.mark.parametrize("verb", ["review_started", "erased"])
@pytest.mark.parametrize("what", CHANGES)
def test_state_that_an_event_is_made_to_attest(report: Report, what: str, verb: str) -> None:
    changed = Aspiration.objects.get(disposition="noted")
    portal(f"UPDATE aspirations_aspiration SET {CHANGES[what]} WHERE id = {changed.pk}")  # noqa: S608
    changed = Aspiration.objects.get(pk=changed.pk)
    if verb == "erased":
        changed.author.erase()
    changed.record(Event.Verb(verb), by=None, evidence={"state": changed.state_now()})

    assert any("not as the last event left them" in line for line in check())


def test_answer_that_is_told_and_was_not_given(report: Report, planner: User) -> None:
    unanswered = Aspiration.objects.get(moderation="submitted")
    said = {"response": Response.objects.all()[0].sha256()}
    unanswered.record(Event.Verb.RESPONDED, by=planner, words="Sudah dijawab.", evidence=said)

    assert check() == [
        f"{report.consultation.slug}: {unanswered.code}: an event tells of an answer that was not"
        " given."
    ]


def test_deed_of_the_office_without_a_name(report: Report) -> None:
    Aspiration.objects.get(moderation="submitted").start_review(by=None)  # type: ignore[arg-type]

    assert any("does not say who did it" in line for line in check())


FORGED = {"without a leaf": "", "over other leaves": "root", "with another link": "link"}


@pytest.mark.parametrize("what", FORGED)
def test_seal_that_is_forged_ahead_never_replaces_the_one_that_is_kept(
    report: Report, what: str
) -> None:
    consultation, kept = report.consultation, witness.kept(report.consultation.slug)
    newest = Seal.objects.newest(consultation.pk)
    assert newest
    leaf = Leaf(consultation=consultation, index=newest.size, kind="plan", row=9**9, hash=b"1" * 32)
    log = Log(consultation.pk, newest.size)
    log.append([leaf.hash])
    seal = Seal(consultation=consultation, size=log.size, root=log.root().hex(), at=newest.at)
    seal.link = seal.linked_to(newest)
    if FORGED[what]:
        leaf.save()
        setattr(seal, FORGED[what], "ab" * 32)
        seal.link = seal.linked_to(newest) if what == "over other leaves" else seal.link
    seal.save()

    assert witness.keep(consultation)

    assert witness.kept(consultation.slug) == kept
    go_on(consultation)
    assert check()
    assert "ab" * 32 not in (witness.kept(consultation.slug) or ())


def test_answer_that_was_replaced(report: Report) -> None:
    answered = Aspiration.objects.get(disposition="noted")
    true = answered.responses.in_force().get()
    owner("UPDATE aspirations_response SET superseded_at = now() WHERE id = %s", true.pk)
    false = Response.objects.create(
        aspiration=answered, by=true.by, at=true.at, disposition="noted", reason="Palsu."
    )
    response = {"response": false.sha256()}
    answered.record(Event.Verb.NOTED, by=None, evidence=response)
    state = {"state": answered.state_now()}
    answered.record(Event.Verb.REVIEW_STARTED, by=None, evidence=state)

    found = check()
    assert any("attests what no such event does" in line for line in found)
    assert any("its answers are not those" in line for line in found)


def test_author_who_was_exchanged(report: Report) -> None:
    aspiration = Aspiration.objects.get(moderation="merged")
    owner(
        "UPDATE aspirations_author SET display_name = 'X' WHERE aspiration_id = %s", aspiration.pk
    )
    author = Aspiration.objects.get(pk=aspiration.pk).author.commitment()
    event = aspiration.record(Event.Verb.NOTED, by=None, evidence={"author": author})
    owner("UPDATE aspirations_event SET id = -5 WHERE id = %s", event.pk)
    owner("UPDATE consultations_unsealed SET row = -5 WHERE row = %s", event.pk)

    assert any("attests what no such event does" in line for line in check())


@pytest.mark.parametrize("verb", ["ready", "released"])
def test_report_that_is_said_to_be_ready_or_released_once_more(report: Report, verb: str) -> None:
    default_storage.delete(report.file)
    default_storage.save(report.file, ContentFile(b"palsu"))
    owner("UPDATE reports_report SET size = 5 WHERE id = %s", report.pk)
    changed = Report.objects.get(pk=report.pk)
    evidence = changed.evidence() if verb == "ready" else {}
    changed.record(verb, worker="here/1", at=changed.ready_at, evidence=evidence)

    assert any("more than once" in line for line in check())


def test_frozen_data_of_a_report_that_failed(
    chapter_text: ChapterText, planner: User, lead_planner: User
) -> None:
    answered = factories.make_answered(chapter_text, planner)
    report, _internal = Report.objects.request(answered.consultation, by=planner)
    assert report.claim(worker="here/1")
    freeze(report.snapshot)
    report.fail("Ada gangguan.")
    assert check() == []
    owner('UPDATE reports_snapshotrow SET data = data || \'{"body": "Palsu."}\'')
    owner("UPDATE reports_snapshot SET sha256 = %s", report.snapshot.sha256_of_rows())

    assert any("frozen data are not those that were recorded" in line for line in check())


HIDDEN = {
    "a place": "DELETE FROM consultations_region WHERE code IN"
    " (SELECT regency_id FROM aspirations_aspiration)",
    "a planner": "DELETE FROM accounts_user WHERE id IN (SELECT by_id FROM aspirations_response)",
    "a year": "DELETE FROM consultations_plancycle",
}


@pytest.mark.parametrize("what", HIDDEN)
def test_rows_that_hide_others_by_being_gone(report: Report, what: str) -> None:
    owner(HIDDEN[what])

    assert any("belong to something that is not there" in line for line in check())


def test_title_of_a_chapter(report: Report) -> None:
    portal("UPDATE consultations_chapter SET title = 'Palsu'")

    assert any("not the title that was published" in line for line in check())


def test_seal_that_could_not_be_kept_is_a_finding(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_given: Any) -> str:
        raise OSError(28, "No space left on device")

    factories.make_aspiration(report.consultation.drafts.get().texts.published()[0])
    monkeypatch.setattr(default_storage, "save", no_room)

    assert any("could not be kept outside" in line for line in check())
