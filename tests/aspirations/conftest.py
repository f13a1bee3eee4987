"""An aspiration whose PIN is known and a browser that gave it."""

import pytest
from django.test import Client

from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.followings import KEY, PIN, look_up


@pytest.fixture
def mine(chapter_text: ChapterText) -> Aspiration:
    """An aspiration without an account, whose PIN is known."""
    return factories.make_aspiration(chapter_text, key=KEY, body="Kata-kata saya sendiri.")


@pytest.fixture
def unlocked(client: Client, mine: Aspiration) -> Client:
    """A browser that gave the PIN of `mine`."""
    assert look_up(client, mine.code, PIN).status_code == 302
    return client
