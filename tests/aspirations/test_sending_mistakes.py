"""Sending an aspiration with mistakes: a sentence for each, and nothing typed is lost."""

import pytest
from django.test import Client

from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests.aspirations.sendings import (
    filled,
    paragraph,
    post,
    send,
    sent,
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("kind", "", "Choose a comment, a proposal or a question."),
        ("kind", "shout", "Select a valid choice."),
        ("body", "", "Write what you would like to say."),
        ("body", " \x00\x01 ", "Write what you would like to say."),
        ("body", "x" * 2001, "longer than 2000 characters (it has 2001)"),
        ("rationale", "x" * 2001, "longer than 2000 characters (it has 2001)"),
        ("regency", "", "Choose the regency or city."),
        ("regency", "62.99", "Select a valid choice."),
        ("regency", "62.03.01", "Select a valid choice."),
        ("regency", "\x00", "Select a valid choice."),
        ("district", "62.01.01", "This place does not lie in"),
        ("district", "62.03.99", "This place does not lie in"),
        ("district", "62.03\x00", "This place does not lie in"),
        ("village", "62.01.01.2001", "This place does not lie in"),
        ("affair_field", "9.99", "Select a valid choice."),
        ("priority", "one", "Select a valid choice."),
        ("stakeholder_group", "", "Choose for whom you speak."),
        ("stakeholder_group", "provincial_agency", "Write the name of the office."),
        ("display_name", "", "Write your name."),
        ("display_name", "x" * 121, "at most 120 characters"),
        ("contact_email", "rina@", "This e-mail address is not complete."),
        ("contact_email", f"{'x' * 250}@contoh.id", "at most 254 characters"),
        ("contact_email", "a\x00@contoh.id", "Null characters are not allowed."),
        ("contact_phone", "seratus", "This is not a telephone number."),
        ("privacy", "", "Tick this box"),
    ],
)
@pytest.mark.parametrize("step", ["check", "send"])
def test_mistake_gets_a_sentence_and_nothing_typed_is_lost(
    client: Client, chapter_text: ChapterText, name: str, value: str, sentence: str, step: str
) -> None:
    kept = {"suggested_wording": "Ini harus tetap ada."}

    response = post(client, chapter_text, filled(**kept | {name: value}), step)

    page = response.content.decode()
    assert response.status_code == 200
    assert sentence in page
    assert "<title>Error:" in page
    assert "Ini harus tetap ada." in page
    assert not Aspiration.objects.exists()


def test_quote_must_stand_in_the_block(client: Client, chapter_text: ChapterText) -> None:
    block = str(paragraph(chapter_text).block_id)

    response = send(client, chapter_text, block=block, quote="Jalan desa sudah mulus.")

    assert "These words do not stand in the text" in response.content.decode()
    assert not Aspiration.objects.exists()


def test_quote_without_a_block_is_dropped(client: Client, chapter_text: ChapterText) -> None:
    assert sent(client, chapter_text, quote="Kata orang lain").quote == ""


@pytest.mark.parametrize("step", ["check", "edit"])
def test_hostile_text_shows_as_text(client: Client, chapter_text: ChapterText, step: str) -> None:
    texts = ("body", "rationale", "suggested_wording", "display_name", "organisation", "position")
    answers = filled(**dict.fromkeys(texts, HOSTILE))

    page = post(client, chapter_text, answers, step).content.decode()

    assert HOSTILE not in page
    assert "onerror=alert(2)&gt;" in page


def test_body_of_two_thousand_signs_fits_whatever_its_line_ends(
    client: Client, chapter_text: ChapterText
) -> None:
    body = "a\r\n" * 999 + "bb"

    assert len(sent(client, chapter_text, body=body).body) == 2000
