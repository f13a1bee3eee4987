"""The language switch of a browser."""

from django.conf import settings
from django.test import Client


def in_english(client: Client) -> Client:
    """The browser of somebody who has chosen English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client
