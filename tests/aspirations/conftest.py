"""An aspiration whose PIN is known and a browser that gave it."""

import threading
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.followings import KEY, PIN, look_up
from tests.aspirations.mail_server import Sink


@pytest.fixture
def mine(chapter_text: ChapterText) -> Aspiration:
    """An aspiration without an account, whose PIN is known."""
    return factories.make_aspiration(chapter_text, key=KEY, body="Kata-kata saya sendiri.")


@pytest.fixture
def unlocked(client: Client, mine: Aspiration) -> Client:
    """A browser that gave the PIN of `mine`."""
    assert look_up(client, mine.code, PIN).status_code == 302
    return client


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    """A mail server on this machine, to which the portal now sends."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
        server.shutdown()
        thread.join()
