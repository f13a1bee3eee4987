"""Filling in the form as a browser does."""

import re
import time
import uuid
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import robots
from aspirations.models import Aspiration
from consultations.models import BlockText, ChapterText
from tests.languages import in_english

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def address(text: ChapterText) -> str:
    return reverse("sending:form", args=[text.draft.consultation.slug, text.chapter.number])


def patient_ticket() -> str:
    """The ticket of a form that was handed out a minute ago."""
    return signing.dumps(time.time() - 60, salt=robots.SALT)


def filled(**changes: Any) -> dict[str, Any]:
    """A resident's complete form."""
    answers = {
        "key": uuid.uuid4().hex,
        "ticket": patient_ticket(),
        "kind": "proposal",
        "body": "Mohon dermaga desa kami dibangun kembali.",
        "regency": "62.03",
        "stakeholder_group": "resident",
        "display_name": "Rina Lestari",
        "consent_publish": "on",
        "privacy": "on",
    }
    return answers | changes


def post(client: Client, text: ChapterText, answers: dict[str, Any], step: str) -> HttpResponse:
    return in_english(client).post(address(text), answers | {"step": step})  # type: ignore[return-value]


def send(client: Client, text: ChapterText, **changes: Any) -> HttpResponse:
    """Press *Send* on the check page."""
    return post(client, text, filled(**changes), "send")


def check(client: Client, text: ChapterText, **changes: Any) -> HttpResponse:
    """Press *Check* on the form."""
    return post(client, text, filled(**changes), "check")


def sent(client: Client, text: ChapterText, **changes: Any) -> Aspiration:
    """The one aspiration that is there after sending."""
    response = send(client, text, **changes)
    assert response.status_code == 302, response.content.decode()
    return Aspiration.objects.get()


def receipt(client: Client) -> str:
    """The page with code and PIN, without the token that differs each time."""
    response = in_english(client).get(reverse("sending:receipt"))
    assert response.status_code == 200
    return TOKEN.sub("", response.content.decode())


def paragraph(text: ChapterText) -> BlockText:
    return text.blocks.live().filter(kind="paragraph")[0]
