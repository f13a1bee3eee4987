"""Who may write, who may publish, and who stays outside."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from consultations.models import ChapterText
from tests.consultations.desk import (
    DESK,
    address,
    chapter_address,
    content,
    plain,
)

WRITING = [
    ("get", "cycles", ""),
    ("get", "consultation", "slug"),
    ("get", "chapter", "number"),
    ("get", "preview", "number"),
    ("get", "rename", "number"),
    ("get", "block_new", "number"),
    ("get", "block", "pk"),
    ("post", "block_move", "pk"),
    ("post", "block_remove", "pk"),
    ("post", "block_restore", "pk"),
]
LEADING = [
    ("get", "cycle_new", ""),
    ("get", "cycle", "year"),
    ("get", "consultation_new", "year"),
    ("get", "extend", "slug"),
    ("get", "publish_draft", "slug"),
    ("get", "publish_chapter", "number"),
]


def target(text: ChapterText, name: str, key: str) -> str:
    """The view's address for this text; `key` says what the address takes."""
    consultation = text.draft.consultation
    first = text.blocks.order_by("position")[0]
    keys: dict[str, list[str | int]] = {
        "": [],
        "year": [consultation.cycle.year],
        "slug": [consultation.slug],
        "number": [consultation.slug, text.chapter.number],
        "pk": [first.pk],
    }
    return address(name, *keys[key])


@pytest.mark.parametrize(("method", "name", "key"), WRITING + LEADING)
def test_a_lead_reaches_everything(
    lead: Client, text: ChapterText, method: str, name: str, key: str
) -> None:
    response = getattr(lead, method)(target(text, name, key))

    assert response.status_code in (200, 302)
    assert not response.get("Location", "").startswith("/akun/")


@pytest.mark.parametrize(("method", "name", "key"), WRITING)
def test_a_planner_writes(
    writer: Client, text: ChapterText, method: str, name: str, key: str
) -> None:
    response = getattr(writer, method)(target(text, name, key))

    assert response.status_code in (200, 302)
    assert not response.get("Location", "").startswith("/akun/")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("_get", "name", "key"), LEADING)
def test_a_planner_neither_plans_nor_publishes(
    writer: Client, text: ChapterText, method: str, _get: str, name: str, key: str
) -> None:
    response = getattr(writer, method)(target(text, name, key))

    assert response.status_code == 403
    text.refresh_from_db()
    assert not text.is_published


@pytest.mark.parametrize("role", ["resident", "field_operator", "official", "administrator"])
@pytest.mark.parametrize(("method", "name", "key"), WRITING + LEADING)
def test_others_stay_outside(
    request: pytest.FixtureRequest,
    sign_in: Callable[[User], Client],
    text: ChapterText,
    role: str,
    method: str,
    name: str,
    key: str,
) -> None:
    client = sign_in(request.getfixturevalue(role))

    assert getattr(client, method)(target(text, name, key)).status_code == 403
    assert plain(text) == ["satu", "dua"]


def test_who_is_not_signed_in_is_asked_to(client: Client, text: ChapterText) -> None:
    response = client.get(chapter_address(text))

    assert response.status_code == 302
    assert "/akun/" in response["Location"]


def test_a_planner_sees_no_door_to_publishing(writer: Client, text: ChapterText) -> None:
    pages = [DESK, address("consultation", text.draft.consultation.slug), chapter_address(text)]

    for page in pages:
        shown = content(writer.get(page))
        assert "terbitkan" not in shown
        assert address("cycle_new") not in shown
