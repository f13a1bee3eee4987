"""Aspirations on the same matter: joined, answered together, and separated again."""

import pytest
from django.test import Client

from accounts.errors import DomainError
from accounts.models import User
from aspirations.models import Aspiration, Moderation
from consultations.models import ChapterText
from tests import factories


def test_merge_joins_to_a_published_one(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    other = factories.make_aspiration(chapter_text)

    other.merge(into=accepted, by=planner)

    assert other.merged_into == accepted
    assert other.events.get(verb="merged").words == accepted.code


def test_merge_refuses_itself_and_what_is_not_published(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    waiting = factories.make_aspiration(chapter_text)

    with pytest.raises(DomainError):
        accepted.merge(into=accepted, by=planner)
    with pytest.raises(DomainError):
        accepted.merge(into=waiting, by=planner)

    assert accepted.moderation == Moderation.ACCEPTED


def test_merge_refuses_another_consultation(
    accepted: Aspiration, lead_planner: User, planner: User
) -> None:
    cycle = factories.make_cycle(2029)
    elsewhere = factories.make_chapter(
        factories.make_consultation(lead_planner, cycle), lead_planner
    )
    other = factories.make_aspiration(elsewhere)

    with pytest.raises(DomainError):
        other.merge(into=accepted, by=planner)


def test_merge_refuses_one_that_not_everyone_can_read(
    chapter_text: ChapterText, planner: User
) -> None:
    private = factories.make_accepted(chapter_text, planner, consent_publish=False)
    other = factories.make_aspiration(chapter_text)

    with pytest.raises(DomainError, match="dapat dibaca semua orang"):
        other.merge(into=private, by=planner)


def test_merge_takes_along_what_was_joined_before(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    middle = factories.make_accepted(chapter_text, planner)
    first = factories.make_aspiration(chapter_text)
    first.merge(into=middle, by=planner)

    middle.merge(into=accepted, by=planner)

    first.refresh_from_db()
    assert first.merged_into == accepted
    told = first.events.filter(verb="merged").values_list("words", flat=True)
    assert list(told) == [middle.code, accepted.code]


def test_whoever_is_merged_into_an_answered_one_is_answered(
    chapter_text: ChapterText, planner: User
) -> None:
    answered = factories.make_answered(chapter_text, planner)
    middle, first = (factories.make_accepted(chapter_text, planner) for _time in range(2))
    first.merge(into=middle, by=planner)

    middle.merge(into=answered, by=planner)

    words = answered.events.get(verb="responded").words
    for merged in (middle, first):
        assert [e.words for e in merged.events.filter(verb="responded")] == [words]


@pytest.mark.parametrize("verb", ["withdraw", "refuse"])
def test_joined_ones_come_back_when_the_one_they_joined_goes(
    chapter_text: ChapterText, accepted: Aspiration, planner: User, resident: User, verb: str
) -> None:
    joined = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    joined.start_review(by=planner)
    joined.merge(into=accepted, by=planner)

    if verb == "withdraw":
        accepted.withdraw(by=resident)
    else:
        accepted.refuse(by=planner, reason="Menyebut nama tetangga.")

    joined.refresh_from_db()
    assert joined.moderation == Moderation.SUBMITTED
    assert joined.merged_into is None
    assert joined.assignee is None
    event = joined.events.get(verb="separated")
    assert event.by == (None if verb == "withdraw" else planner)
    assert event.handled_at is None, "its author is told"
    assert accepted.code in joined.events.last().words


def test_respond_also_answers_those_who_were_joined(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    joined = factories.make_aspiration(chapter_text, contact_email="lain@kalteng.example")
    joined.merge(into=accepted, by=planner)

    accepted.respond(by=planner, disposition="noted", reason="Kami catat.")

    assert joined.events.order_by("sequence").last().verb == "responded"  # type: ignore[union-attr]
    assert joined.responded == accepted
    assert joined.events.undelivered().filter(verb="responded").exists()


def test_link_to_one_that_was_joined_leads_on(
    client: Client, chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    shared = factories.make_accepted(chapter_text, planner)
    shared.merge(into=accepted, by=planner)

    answer = client.get(shared.get_absolute_url())

    assert answer.status_code == 302
    assert answer["Location"] == accepted.get_absolute_url()


def test_link_to_a_joined_one_leads_to_nothing_that_is_not_public(
    client: Client, chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    private = factories.make_accepted(chapter_text, planner, consent_publish=False)
    private.merge(into=accepted, by=planner)

    assert client.get(private.get_absolute_url()).status_code == 404
    accepted.withdraw()
    assert client.get(accepted.get_absolute_url()).status_code == 404
