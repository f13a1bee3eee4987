"""Looking up an aspiration and pressing its buttons as a browser does."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from aspirations import reference
from aspirations.models import Aspiration
from aspirations.views import browser
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


def remembered(client: Client, **changes: Any) -> dict[str, Any]:
    """What the browser's cookie says, with changes as if they had been signed as well."""
    cookie = client.cookies[settings.BROWSER_COOKIE_NAME]
    said: dict[str, Any] = signing.loads(cookie.value, salt=browser.SALT) | changes
    cookie.set(cookie.key, *[signing.dumps(said, salt=browser.SALT, compress=True)] * 2)
    return said
