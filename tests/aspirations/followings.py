"""Looking up an aspiration and pressing its buttons as a browser does."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from aspirations import reference
from aspirations.models import Aspiration
from tests.languages import in_english

KEY = "a key that only its sender knows"
PIN = reference.pin_for(KEY)


def look_up(client: Client, code: str, pin: str) -> HttpResponse:
    data = {"code": code, "pin": pin}
    return in_english(client).post(reverse("following:lookup"), data)  # type: ignore[return-value]


def page(client: Client, name: str, aspiration: Aspiration) -> str:
    response = in_english(client).get(reverse(f"following:{name}", args=[aspiration.code]))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def press(client: Client, name: str, aspiration: Aspiration, **data: Any) -> HttpResponse:
    address = reverse(f"following:{name}", args=[aspiration.code])
    return in_english(client).post(address, data)  # type: ignore[return-value]
