"""The official answer at the desk, and the message that a decision sets off."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration, Delivery, Tag
from consultations.models import BlockText, ChapterText
from tests import factories
from tests.languages import in_english

HTMX = {"HX-Request": "true", "HX-Target": "answer-preview"}
QUEUE = "/kelola/aspirasi/"


@pytest.fixture
def desk(planner: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(planner)


def notice_nudges(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that a worker is asked to deliver from now on; no broker is needed."""
    asked: list[int] = []

    def nudge(task: Any, row_id: int) -> bool:
        asked.append(row_id)
        return True

    monkeypatch.setattr("aspirations.views.moderating.nudge", nudge)
    return asked


def text(response: Any) -> str:
    return response.content.decode()


def post(desk: Client, name: str, aspiration: Aspiration, **data: Any) -> Any:
    """Press a button on a page that was opened a moment ago, or when `shown` was the last step."""
    url = reverse(f"moderating:{name}", args=[aspiration.code])
    page = {"shown": factories.last_step(aspiration)}
    return in_english(desk).post(f"{url}?tampilan=all", page | data)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"disposition": "noted"}, "needs a reason"),
        ({"disposition": "deferred", "reason": "Anggaran."}, "Choose the kind of reason."),
        ({"disposition": "forwarded", "reason": "Wewenang."}, "Say to whom"),
        ({"disposition": "pending", "reason": "x"}, "pending"),
        ({"disposition": "accommodated", "text_after": "Baru."}, "as it was before"),
        (
            {"disposition": "accommodated", "text_before": "Sama.", "text_after": "Sama."},
            "Both sentences are the same",
        ),
    ],
)
def test_incomplete_answer_is_explained_and_kept(
    desk: Client, accepted: Aspiration, given: dict[str, str], complaint: str
) -> None:
    response = text(post(desk, "respond", accepted, **given))

    assert complaint in response
    assert given.get("reason", "") in response
    assert not accepted.responses.exists()


def test_answer_form_begins_with_the_quote_and_the_suggested_wording(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    block = BlockText.objects.get(chapter_text=chapter_text, kind="paragraph").block
    fields = {"quote": "Jalan desa perlu diperbaiki segera.", "suggested_wording": "Jalan ..."}
    on_block = factories.make_accepted(chapter_text, planner, block=block, **fields)
    on_chapter = factories.make_accepted(chapter_text, planner)

    def begins(aspiration: Aspiration) -> Any:
        response = desk.get(f"{QUEUE}{aspiration.code}/")
        return response.context["respond_form"].initial

    assert begins(on_block) == {
        "text_before": fields["quote"],
        "text_after": fields["suggested_wording"],
    }
    assert begins(on_chapter) == {"text_before": "", "text_after": ""}


def opened(desk: Client, aspiration: Aspiration, field: str) -> str:
    """What a form on the aspiration's page carries along, hidden."""
    page = in_english(desk).get(f"{QUEUE}{aspiration.code}/")
    found = re.search(rf'<input type="hidden" name="{field}"(?: value="([^"]*)")?', text(page))
    assert found
    return found[1] or ""


def test_answer_never_supersedes_one_that_the_planner_did_not_see(
    desk: Client, accepted: Aspiration, lead_planner: User
) -> None:
    shown = opened(desk, accepted, "shown")
    accepted.respond(by=lead_planner, disposition="noted", reason="Sudah kami catat.")
    mine = {"disposition": "forwarded", "reason": "Teruskan.", "forwarded_to": "Dinas PUPR"}

    refused = post(desk, "respond", accepted, **mine, shown=shown)

    assert accepted.responses.get().reason == "Sudah kami catat."
    assert "in the meantime: “Answered” (Lead Planner)" in text(refused)
    assert "Sudah kami catat." in text(refused)
    assert ">\nTeruskan.</textarea>" in text(refused)
    assert 'value="Dinas PUPR"' in text(refused)

    sent = post(desk, "respond", accepted, **mine, shown=refused.context["shown"])

    assert sent.status_code == 302
    assert accepted.response
    assert accepted.response.reason == "Teruskan."


def test_answer_that_is_only_completed_still_knows_what_its_planner_had_seen(
    desk: Client, accepted: Aspiration, lead_planner: User
) -> None:
    shown = opened(desk, accepted, "shown")
    accepted.respond(by=lead_planner, disposition="noted", reason="Sudah kami catat.")

    incomplete = post(desk, "respond", accepted, disposition="noted", reason="", shown=shown)

    assert f'name="shown" value="{shown}"' in text(incomplete)
    post(desk, "respond", accepted, disposition="noted", reason="Lain.", shown=shown)
    assert accepted.responses.get().reason == "Sudah kami catat."


@pytest.mark.parametrize("shown", ["", "abc", "-1", "9" * 30, "1.5", "²"])
def test_answer_from_a_page_that_nobody_was_given_is_refused_in_a_sentence(
    desk: Client, accepted: Aspiration, shown: str
) -> None:
    response = post(
        desk, "respond", accepted, disposition="noted", reason="Kami catat.", shown=shown
    )

    assert response.status_code == 200
    assert "in the meantime" in text(response)
    assert not accepted.responses.exists()


def test_tags_of_two_planners_come_together(
    desk: Client, accepted: Aspiration, lead_planner: User
) -> None:
    kept, dropped, theirs, mine = Tag.objects.exclude(facet=Tag.Facet.FREE)[:4]
    accepted.set_tags([kept, dropped], by=lead_planner)
    before = opened(desk, accepted, "before")
    accepted.set_tags([kept, dropped, theirs], by=lead_planner)

    post(desk, "tags", accepted, tags=[kept.pk, mine.pk], before=before)

    assert set(accepted.tags.all()) == {kept, theirs, mine}


def test_tag_that_a_colleague_took_out_stays_out(
    desk: Client, accepted: Aspiration, lead_planner: User
) -> None:
    one, two = Tag.objects.exclude(facet=Tag.Facet.FREE)[:2]
    accepted.set_tags([one], by=lead_planner)
    before = opened(desk, accepted, "before")
    accepted.set_tags([], by=lead_planner)

    post(desk, "tags", accepted, tags=[one.pk, two.pk], before=before)

    assert set(accepted.tags.all()) == {two}


def test_preview_shows_the_letter_and_saves_nothing(desk: Client, accepted: Aspiration) -> None:
    typed = {"disposition": "noted", "reason": "Kami catat.", "preview": "1"}

    whole = text(post(desk, "respond", accepted, **typed))
    url = reverse("moderating:respond", args=[accepted.code])
    piece = in_english(desk).post(url, typed, headers=HTMX)

    assert "Kami catat." in whole
    assert "Kami catat." in text(piece)
    assert "<form" not in text(piece)
    assert not accepted.responses.exists()


# Telling the author ------------------------------------------------------------------------


def delivered() -> None:
    """Let every message that waits be sent."""
    Delivery.objects.waiting().update(ended_at=timezone.now(), outcome="sent")


def test_decision_asks_a_worker_to_tell_the_author(
    desk: Client,
    chapter_text: ChapterText,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked = notice_nudges(monkeypatch)
    aspiration = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    delivered()

    filled = {"tags": {"names": "banjir"}, "note": {"words": "Catatan."}}
    for name in ("start_review", "accept", "tags", "note"):
        with django_capture_on_commit_callbacks(execute=True):
            post(desk, name, aspiration, **filled.get(name, {}))
        delivered()

    assert asked == [Delivery.objects.get(event__verb="accepted").pk]


def test_answer_is_told_to_the_authors_of_joined_ones_too(
    desk: Client,
    chapter_text: ChapterText,
    accepted: Aspiration,
    planner: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked = notice_nudges(monkeypatch)
    joined = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    joined.merge(into=accepted, by=planner)
    delivered()

    with django_capture_on_commit_callbacks(execute=True):
        post(desk, "respond", accepted, disposition="noted", reason="Kami catat.")

    assert asked == [Delivery.objects.get(event__aspiration=joined, event__verb="responded").pk]


@pytest.mark.django_db(transaction=True)
def test_decision_stands_at_once_while_the_broker_is_away(
    desk: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")
    aspiration = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    began = time.monotonic()

    response = post(desk, "accept", aspiration)

    assert response.status_code == 302
    assert time.monotonic() - began < 5  # not a speed test: before, kombu tried again for 6 s
    assert Delivery.objects.waiting().filter(event__verb="accepted").exists()
