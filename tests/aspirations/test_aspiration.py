"""The life of an aspiration: each verb, its guards and its event."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations import reference
from aspirations.models import Aspiration, Disposition, Event, Moderation, Receipt, Response, Tag
from consultations.models import ChapterText, Consultation, Region
from tests import factories

Verb = Callable[[Aspiration, User], Any]


def verbs_of(aspiration: Aspiration) -> list[str]:
    return list(aspiration.events.order_by("pk").values_list("verb", flat=True))


def put(aspiration: Aspiration, state: str) -> None:
    """Force a state, whatever the verbs allow."""
    Aspiration.objects.filter(pk=aspiration.pk).update(
        moderation=state, moderation_reason="Alasan.", merged_into=aspiration
    )
    aspiration.refresh_from_db()


# Each verb, and from which states it may be called. The table is the documentation. ---------

MOVES: dict[str, tuple[Verb, set[str], str]] = {
    "start_review": (lambda a, by: a.start_review(by=by), {"submitted"}, "in_review"),
    "accept": (
        lambda a, by: a.accept(by=by),
        {"submitted", "in_review", "refused"},
        "accepted",
    ),
    "return_": (
        lambda a, by: a.return_(by=by, reason="Sebutkan desanya."),
        {"submitted", "in_review"},
        "returned",
    ),
    "refuse": (
        lambda a, by: a.refuse(by=by, reason="Berisi data orang lain."),
        {"submitted", "in_review", "accepted"},
        "refused",
    ),
    "merge": (
        lambda a, by: a.merge(into=factories.make_accepted(a.chapter_text, by), by=by),
        {"submitted", "in_review", "accepted"},
        "merged",
    ),
    "complete": (lambda a, by: a.complete("Desa Basarang."), {"returned"}, "submitted"),
    "withdraw": (
        lambda a, by: a.withdraw(),
        {*Moderation.values} - {"withdrawn"},
        "withdrawn",
    ),
}


@pytest.mark.parametrize("state", list(Moderation))
@pytest.mark.parametrize("name", MOVES)
def test_verb_moves_only_from_its_own_states(
    aspiration: Aspiration, planner: User, name: str, state: str
) -> None:
    verb, allowed, result = MOVES[name]
    put(aspiration, state)
    before = verbs_of(aspiration)

    if state in allowed:
        verb(aspiration, planner)
        assert aspiration.moderation == result
        assert len(verbs_of(aspiration)) == len(before) + 1
    else:
        with pytest.raises(AlreadyDone):
            verb(aspiration, planner)
        assert aspiration.moderation == state
        assert verbs_of(aspiration) == before


def test_start_review_makes_the_planner_the_one_who_looks_after_it(
    aspiration: Aspiration, planner: User
) -> None:
    aspiration.start_review(by=planner)

    assert aspiration.assignee == planner
    assert verbs_of(aspiration) == ["submitted", "review_started"]


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_return_and_refuse_need_a_reason(
    aspiration: Aspiration, planner: User, reason: str
) -> None:
    with pytest.raises(DomainError):
        aspiration.return_(by=planner, reason=reason)
    with pytest.raises(DomainError):
        aspiration.refuse(by=planner, reason=reason)

    assert aspiration.moderation == Moderation.SUBMITTED
    assert verbs_of(aspiration) == ["submitted"]


def test_return_and_complete_keep_the_original_and_add_below_it(
    aspiration: Aspiration, planner: User
) -> None:
    body, digest = aspiration.body, aspiration.original_sha256
    aspiration.return_(by=planner, reason="Sebutkan desanya.")
    aspiration.complete("Desa Basarang.")
    aspiration.return_(by=planner, reason="Dan panjangnya?")
    aspiration.complete("Dua kilometer.")

    assert aspiration.supplement == "Desa Basarang.\n\nDua kilometer."
    assert aspiration.body == body
    assert aspiration.digest() == aspiration.original_sha256 == digest


def test_publish_shows_it_to_everyone_only_with_consent(
    chapter_text: ChapterText, planner: User
) -> None:
    agreed = factories.make_accepted(chapter_text, planner)
    factories.make_accepted(chapter_text, planner, consent_publish=False)

    assert list(Aspiration.objects.public()) == [agreed]
    assert [a.is_public for a in Aspiration.objects.order_by("pk")] == [True, False]


def test_refuse_takes_it_off_the_public_pages(accepted: Aspiration, planner: User) -> None:
    accepted.refuse(by=planner, reason="Menyebut nama tetangga.")

    assert not Aspiration.objects.public().exists()
    assert accepted.moderation_reason == "Menyebut nama tetangga."


def test_later_response_supersedes_the_first(
    accepted: Aspiration, planner: User, lead_planner: User
) -> None:
    accepted.respond(by=planner, disposition="noted", reason="Kami catat.")
    second = accepted.respond(by=lead_planner, disposition="noted", reason="Kami catat lagi.")

    assert accepted.response == second
    assert accepted.responses.count() == 2


def test_last_step_is_required_until_the_transaction_ends(
    accepted: Aspiration, planner: User
) -> None:
    shown = factories.last_step(accepted)
    with transaction.atomic():
        Aspiration.objects.require_last_steps({accepted.pk: shown})
    accepted.respond(by=planner, disposition="noted", reason="Kami catat.")

    with pytest.raises(AlreadyDone, match="Ditanggapi"), transaction.atomic():
        Aspiration.objects.require_last_steps({accepted.pk: shown})


def test_set_tags_records_what_came_and_went(aspiration: Aspiration, planner: User) -> None:
    spatial, thematic = Tag.objects.get(slug="spatial"), Tag.objects.get(slug="thematic")

    aspiration.set_tags([spatial], by=planner)
    aspiration.set_tags([thematic], by=planner)
    aspiration.set_tags([thematic], by=planner)

    texts = [event.words for event in aspiration.events.filter(verb=Event.Verb.TAGGED)]
    assert texts == ["+Spasial", "+Tematik, −Spasial"]
    assert list(aspiration.tags.all()) == [thematic]


def test_tag_named_reuses_a_tag_of_any_facet(db: None) -> None:
    made = Tag.objects.named("  Jalan   desa ")

    assert (made.name, made.facet) == ("Jalan desa", Tag.Facet.FREE)
    assert Tag.objects.named("JALAN DESA") == made
    assert Tag.objects.named("jalan-desa") == made
    assert Tag.objects.named("spasial") == Tag.objects.get(slug="spatial")


@pytest.mark.parametrize("name", ["", "!!!", "x" * 41])
def test_tag_named_refuses_what_is_no_name(db: None, name: str) -> None:
    with pytest.raises(DomainError):
        Tag.objects.named(name)


def test_respond_answers_and_a_later_answer_supersedes(accepted: Aspiration, planner: User) -> None:
    first = accepted.respond(by=planner, disposition="noted", reason="Kami catat.")
    second = accepted.respond(by=planner, disposition="accommodated")

    assert accepted.disposition == Disposition.ACCOMMODATED
    assert accepted.response == second
    first.refresh_from_db()
    assert first.superseded_at is not None
    assert Response.objects.count() == 2
    assert verbs_of(accepted)[-2:] == ["responded", "responded"]


@pytest.mark.parametrize(
    "given",
    [
        {"disposition": "pending"},
        {"disposition": "noted", "reason": " "},
        {"disposition": "deferred", "reason": "Anggaran."},
        {"disposition": "not_accommodated", "reason": "Anggaran."},
        {"disposition": "forwarded", "reason": "Wewenang kabupaten."},
    ],
)
def test_respond_refuses_an_incomplete_answer(
    accepted: Aspiration, planner: User, given: dict[str, Any]
) -> None:
    with pytest.raises(DomainError):
        accepted.respond(by=planner, **given)

    accepted.refresh_from_db()
    assert accepted.disposition == Disposition.PENDING
    assert not Response.objects.exists()


@pytest.mark.parametrize("state", sorted(set(Moderation) - {Moderation.ACCEPTED}))
def test_respond_only_to_what_is_published(
    aspiration: Aspiration, planner: User, state: str
) -> None:
    put(aspiration, state)

    with pytest.raises(DomainError):
        aspiration.respond(by=planner, disposition="accommodated")

    assert not aspiration.responses.exists()


def test_respond_keeps_only_what_the_decision_uses(accepted: Aspiration, planner: User) -> None:
    response = accepted.respond(
        by=planner,
        disposition="noted",
        reason="Kami catat.",
        reason_code="budget_limit",
        forwarded_to="Dinas PUPR",
        text_before="Lama.",
        text_after="Baru.",
    )

    assert (response.reason_code, response.forwarded_to) == ("", "")
    assert (response.text_before, response.text_after) == ("", "")


def test_note_is_never_for_the_author(aspiration: Aspiration, planner: User) -> None:
    event = aspiration.note("Tanya dulu ke dinas.", by=planner)

    assert event not in aspiration.events.shown_to_author()
    assert not event.deliveries.exists()
    with pytest.raises(DomainError):
        aspiration.note("  ", by=planner)


def test_opened_by_its_own_code_and_pin_only(chapter_text: ChapterText) -> None:
    aspiration = factories.make_aspiration(chapter_text, key="kunci")
    other = factories.make_aspiration(chapter_text, key="lain")
    pin = reference.pin_for("kunci")

    assert Receipt.objects.opened_by(aspiration.code, pin).get().aspiration == aspiration
    assert not Receipt.objects.opened_by(other.code, pin)
    assert not Receipt.objects.opened_by("RK28-2222-2", pin)


# Sending -----------------------------------------------------------------------------------


def test_submit_refuses_outside_the_window(
    chapter_text: ChapterText, consultation: Consultation
) -> None:
    for at in (
        consultation.opens_at - timedelta(seconds=1),
        consultation.closes_at + timedelta(seconds=1),
    ):
        with pytest.raises(DomainError):
            factories.make_aspiration(chapter_text, at=at)

    assert not Aspiration.objects.exists()


def test_submit_with_the_same_key_returns_the_first(chapter_text: ChapterText) -> None:
    first = factories.make_aspiration(chapter_text, key="sama")

    assert factories.make_aspiration(chapter_text, key="sama") == first
    with pytest.raises(AlreadyDone):
        factories.make_aspiration(chapter_text, key="sama", body="Kata lain.")
    assert Aspiration.objects.count() == 1


def test_submit_with_the_same_key_for_another_place_is_refused(chapter_text: ChapterText) -> None:
    factories.make_aspiration(chapter_text, key="sama")

    with pytest.raises(AlreadyDone, match="RK28-"):
        factories.make_aspiration(chapter_text, key="sama", region=Region.objects.get(code="62.06"))


def test_many_rows_at_once_are_made_as_of_any_model(aspiration: Aspiration) -> None:
    """No method of ours hides one of Django's."""
    another = Aspiration.objects.get(pk=aspiration.pk)
    another.pk, another.code = None, "RK28-2222-2"

    Aspiration.objects.bulk_create([another])

    assert Aspiration.objects.count() == 2
