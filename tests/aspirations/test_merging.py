"""Aspirations on the same matter: joined, answered together, and separated again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import DomainError
from accounts.models import User
from aspirations.models import Aspiration, Delivery, Moderation
from consultations.models import ChapterText
from tests import factories
from tests.languages import in_english


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
    assert event.deliveries.get().ended_at is None, "its author is told"
    assert accepted.code in joined.events.last().words


def test_respond_also_answers_those_who_were_joined(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    joined = factories.make_aspiration(chapter_text, contact_email="lain@kalteng.example")
    joined.merge(into=accepted, by=planner)

    accepted.respond(by=planner, disposition="noted", reason="Kami catat.")

    assert joined.events.order_by("pk").last().verb == "responded"  # type: ignore[union-attr]
    assert joined.responded == accepted
    answers = joined.events.filter(verb="responded")
    assert Delivery.objects.waiting().filter(event__in=answers).exists()


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
    never_shown = factories.make_aspiration(chapter_text)
    never_shown.merge(into=accepted, by=planner)

    assert client.get(private.get_absolute_url()).status_code == 404
    assert client.get(never_shown.get_absolute_url()).status_code == 404
    accepted.withdraw()
    assert client.get(accepted.get_absolute_url()).status_code == 404


# At the desk --------------------------------------------------------------------------------


@pytest.fixture
def desk(planner: User, sign_in: Callable[[User], Client]) -> Client:
    return in_english(sign_in(planner))


def join(desk: Client, aspiration: Aspiration, into: str, **typed: Any) -> Any:
    """Press a button of *Join with another*."""
    shown = {"shown": factories.last_step(aspiration), "into": into}
    return desk.post(reverse("moderating:merge", args=[aspiration.code]), shown | typed)


def preview(desk: Client, aspiration: Aspiration, into: Aspiration) -> dict[str, Any]:
    """What the second step of joining carries along."""
    page = join(desk, aspiration, into.code).content.decode()
    found = re.search(r'name="into_shown" value="(\d+)"', page)
    assert found
    return {"into_shown": found[1], "confirmed": "1"}


def test_merge_shows_the_other_one_before_it_joins(
    desk: Client, accepted: Aspiration, chapter_text: ChapterText
) -> None:
    other = factories.make_aspiration(chapter_text, body="Tolong jembatannya.")
    typed = accepted.code.lower().replace("-", " ")

    look = join(desk, other, typed).content.decode()
    other.refresh_from_db()
    assert other.moderation == Moderation.SUBMITTED
    assert accepted.body in look
    assert "cannot be undone" in look

    join(desk, other, typed, **preview(desk, other, accepted))
    other.refresh_from_db()
    assert other.merged_into == accepted


def test_merge_passes_on_no_answer_that_the_planner_did_not_see(
    desk: Client, accepted: Aspiration, chapter_text: ChapterText, lead_planner: User
) -> None:
    other = factories.make_aspiration(chapter_text)
    seen = preview(desk, other, accepted)
    accepted.respond(by=lead_planner, disposition="noted", reason="Kata rekan.")

    again = join(desk, other, accepted.code, **seen).content.decode()

    assert f"{accepted.code} in the meantime: “Answered” (Lead Planner)" in again
    assert "Its answer, which goes to this author as well:" in again
    assert "Kata rekan." in again
    other.refresh_from_db()
    assert other.merged_into is None
    join(desk, other, accepted.code, **preview(desk, other, accepted))
    other.refresh_from_db()
    assert other.merged_into == accepted


def test_merge_into_another_one_than_was_shown_shows_it_first(
    desk: Client, accepted: Aspiration, chapter_text: ChapterText, planner: User
) -> None:
    other = factories.make_aspiration(chapter_text)
    third = factories.make_accepted(chapter_text, planner, body="Yang lain sekali.")

    page = join(desk, other, third.code, **preview(desk, other, accepted)).content.decode()

    assert "Yang lain sekali." in page
    other.refresh_from_db()
    assert other.merged_into is None


def test_answer_serves_for_nobody_whom_the_planner_did_not_see(
    desk: Client, accepted: Aspiration, chapter_text: ChapterText, lead_planner: User
) -> None:
    shown = factories.last_step(accepted)
    joined = factories.make_aspiration(chapter_text)
    joined.merge(into=accepted, by=lead_planner)
    typed = {"disposition": "noted", "reason": "Hanya untuk yang ini.", "shown": shown}

    page = desk.post(reverse("moderating:respond", args=[accepted.code]), typed)

    assert f"{joined.code} in the meantime: “Joined with" in page.content.decode()
    assert not accepted.responses.exists()


@pytest.mark.parametrize("into", ["RK28-XXXX-X", "tidak ada", "\x00"])
def test_merge_with_an_unknown_code_says_so(
    desk: Client, aspiration: Aspiration, into: str
) -> None:
    response = join(desk, aspiration, into, confirmed="1")

    assert 'class="error-summary"' in response.content.decode()
    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.SUBMITTED


def test_merge_into_what_is_not_published_is_refused_in_a_sentence(
    desk: Client, chapter_text: ChapterText
) -> None:
    one, two = (factories.make_aspiration(chapter_text) for _ in range(2))

    response = join(desk, one, two.code, **preview(desk, one, two)).content.decode()

    assert "can only be joined to one that all can read" in response


def test_one_with_an_answer_of_its_own_is_answered_anew_once_it_is_separated(
    chapter_text: ChapterText, accepted: Aspiration, planner: User
) -> None:
    answered = factories.make_answered(chapter_text, planner)
    answered.merge(into=accepted, by=planner)
    accepted.withdraw()

    answered.refresh_from_db()
    answered.accept(by=planner)

    assert answered.response is None
    assert answered.disposition == "pending"
    assert list(Aspiration.objects.unanswered()) == [answered]
