"""The public pages as an English reader sees them, and what makes them change."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import Consultation
from tests.languages import in_english

BEFORE, AFTER = "Jalan desa perlu diperbaiki.", "Jalan desa diperbaiki pada tahun 2028."


def page(client: Client, name: str, *args: object, **query: str) -> str:
    """The page; it must be there."""
    response = in_english(client).get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def status(client: Client, name: str, *args: object) -> int:
    return client.get(reverse(name, args=args)).status_code


def outcome(client: Client, consultation: Consultation) -> str:
    return page(client, "results:outcome", consultation.slug)


def close(consultation: Consultation, **more: object) -> None:
    """Let the consultation have closed an hour ago."""
    now = timezone.now()
    Consultation.objects.filter(pk=consultation.pk).update(
        closes_at=now - timedelta(hours=1), **more
    )


def change_text(aspiration: Aspiration, by: User, **fields: str) -> None:
    """Answer that a sentence of the plan changes."""
    defaults = {"text_before": BEFORE, "text_after": AFTER, "reason": "Kami setuju."}
    aspiration.respond(by=by, disposition="accommodated", **defaults | fields)
