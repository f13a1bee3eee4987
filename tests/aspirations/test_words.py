"""Every field in which people write reaches every place where words are read.

The tests follow `WORD_FIELDS`: a field that is added there is proven here without another line.
"""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aspirations.models import WORD_FIELDS, Aspiration, original
from aspirations.models.original import ORIGINAL_FIELDS
from consultations.models import ChapterText
from reports.rows import row_data
from tests import factories
from tests.aspirations.sendings import address, check, filled, post, sent

EACH = {name: f"Kalimat uji{place} tentang dermaga." for place, name in enumerate(WORD_FIELDS)}


@pytest.fixture
def worded(client: Client, chapter_text: ChapterText, planner: User) -> Aspiration:
    """An accepted aspiration that says something in every field, sent through the form."""
    aspiration = sent(client, chapter_text, **EACH)
    aspiration.accept(by=planner)
    return aspiration


def test_form_offers_and_keeps_every_field(client: Client, chapter_text: ChapterText) -> None:
    empty = client.get(address(chapter_text)).content.decode()
    again = post(client, chapter_text, filled(**EACH, display_name=""), "send").content.decode()

    for name, words in EACH.items():
        assert re.search(rf'<textarea name="{name}"[^>]* data-keep="words"', empty)
        assert words in again


def test_check_page_shows_every_field(client: Client, chapter_text: ChapterText) -> None:
    page = check(client, chapter_text, **EACH).content.decode()

    for words in EACH.values():
        assert words in page


def test_every_page_about_it_shows_every_field(
    worded: Aspiration, client: Client, planner: User, sign_in: Callable[[User], Client]
) -> None:
    pages = [
        client.get(reverse("following:status", args=[worded.code])),
        Client().get(worded.get_absolute_url()),
        sign_in(planner).get(reverse("moderating:aspiration", args=[worded.code])),
    ]

    for page in pages:
        for words in EACH.values():
            assert words in page.content.decode()


@pytest.mark.parametrize("place", range(len(WORD_FIELDS)))
def test_search_finds_the_words_of_every_field(worded: Aspiration, place: int) -> None:
    assert list(Aspiration.objects.matching(f"uji{place}")) == [worded]


@pytest.mark.parametrize("name", WORD_FIELDS)
def test_digest_notices_a_change_in_every_field(worded: Aspiration, name: str) -> None:
    setattr(worded, name, "lain")

    assert name in ORIGINAL_FIELDS
    assert worded.digest() != worded.original_sha256


@pytest.mark.parametrize("later", WORD_FIELDS[1:])
def test_digest_of_what_came_before_a_field_was_added_still_fits(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    before = tuple(name for name in ORIGINAL_FIELDS if name != later)
    monkeypatch.setattr(original, "ORIGINAL_FIELDS", before)
    old = factories.make_aspiration(chapter_text, body="Dari masa sebelum isian itu ada.")
    monkeypatch.undo()

    assert old.digest() == old.original_sha256


def test_report_prints_every_field(worded: Aspiration) -> None:
    row = row_data(worded)

    said = [row["body"], *(words["text"] for words in row["words"])]
    assert said == list(EACH.values())
    assert all(words["label"] for words in row["words"])
