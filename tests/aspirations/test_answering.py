"""The official answer at the desk, and the message that a decision sets off."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aspirations.models import Aspiration, Event
from consultations.models import BlockText, ChapterText
from tests import factories

ENGLISH = {"accept-language": "en"}
HTMX = {**ENGLISH, "HX-Request": "true", "HX-Target": "answer-preview"}
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

    monkeypatch.setattr("aspirations.tasks.nudge", nudge)
    return asked


def text(response: Any) -> str:
    return response.content.decode()


def post(desk: Client, name: str, aspiration: Aspiration, **data: Any) -> Any:
    url = reverse(f"moderating:{name}", args=[aspiration.code])
    return desk.post(f"{url}?tampilan=all", data, headers=ENGLISH)


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
    desk: Client, published: Aspiration, given: dict[str, str], complaint: str
) -> None:
    response = text(post(desk, "respond", published, **given))

    assert complaint in response
    assert given.get("reason", "") in response
    assert not published.responses.exists()


def test_answer_form_begins_with_the_quote_and_the_suggested_wording(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    block = BlockText.objects.get(text=chapter_text, kind="paragraph").block
    fields = {"quote": "Jalan desa perlu diperbaiki segera.", "suggested_wording": "Jalan ..."}
    on_block = factories.make_published(chapter_text, planner, block=block, **fields)
    on_chapter = factories.make_published(chapter_text, planner)

    def begins(aspiration: Aspiration) -> Any:
        response = desk.get(f"{QUEUE}{aspiration.code}/")
        return response.context["respond_form"].initial

    assert begins(on_block) == {
        "text_before": fields["quote"],
        "text_after": fields["suggested_wording"],
    }
    assert set(begins(on_chapter).values()) == {""}


def test_preview_shows_the_letter_and_saves_nothing(desk: Client, published: Aspiration) -> None:
    typed = {"disposition": "noted", "reason": "Kami catat.", "preview": "1"}

    whole = text(post(desk, "respond", published, **typed))
    url = reverse("moderating:respond", args=[published.code])
    piece = desk.post(url, typed, headers=HTMX)

    assert "Kami catat." in whole
    assert "Kami catat." in text(piece)
    assert "<form" not in text(piece)
    assert not published.responses.exists()


# Telling the author ------------------------------------------------------------------------


def test_decision_asks_a_worker_to_tell_the_author(
    desk: Client,
    chapter_text: ChapterText,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked = notice_nudges(monkeypatch)
    aspiration = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    Event.objects.undelivered().update(handled_at=aspiration.submitted_at)

    filled = {"tags": {"names": "banjir"}, "note": {"text": "Catatan."}}
    for name in ("start_review", "publish", "tags", "note"):
        with django_capture_on_commit_callbacks(execute=True):
            post(desk, name, aspiration, **filled.get(name, {}))
        Event.objects.undelivered().update(handled_at=aspiration.submitted_at)

    assert asked == [aspiration.events.get(verb="published").pk]


def test_answer_is_told_to_the_authors_of_joined_ones_too(
    desk: Client,
    chapter_text: ChapterText,
    published: Aspiration,
    planner: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked = notice_nudges(monkeypatch)
    joined = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    joined.merge(into=published, by=planner)
    Event.objects.undelivered().update(handled_at=joined.submitted_at)

    with django_capture_on_commit_callbacks(execute=True):
        post(desk, "respond", published, disposition="noted", reason="Kami catat.")

    assert asked == [joined.events.get(verb="responded").pk]


@pytest.mark.django_db(transaction=True)
def test_decision_stands_at_once_while_the_broker_is_away(
    desk: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")
    aspiration = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    began = time.monotonic()

    response = post(desk, "publish", aspiration)

    assert response.status_code == 302
    assert time.monotonic() - began < 5  # not a speed test: before, kombu tried again for 6 s
    assert Event.objects.undelivered().filter(verb="published").exists()
