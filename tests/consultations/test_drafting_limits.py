"""The editor's limit and the limit of a request agree, and no text is lost at either."""

from pathlib import Path

from django.conf import settings
from django.test import Client

from consultations.forms import LONGEST_TEXT
from consultations.models import ChapterText
from tests.consultations.desk import chapter_address, content

CADDYFILE = Path(settings.BASE_DIR) / "Caddyfile"
FOUR_BYTES = "💧"


def as_long_as(limit: int) -> str:
    """A paragraph of so many signs, each the largest that there is."""
    return f"<p>{FOUR_BYTES * (limit - len('<p></p>'))}</p>"


def test_the_longest_text_arrives_whatever_its_signs(writer: Client, text: ChapterText) -> None:
    longest = as_long_as(LONGEST_TEXT)

    answer = writer.post(chapter_address(text, "block_new"), {"html": longest})

    assert answer.status_code == 302
    assert text.blocks.live().last().html == longest


def test_a_text_that_is_too_long_is_shown_again_whole(writer: Client, text: ChapterText) -> None:
    too_long = f"<p>{'Kalimat yang panjang. ' * (LONGEST_TEXT // 20)}</p>"

    answer = writer.post(chapter_address(text, "block_new"), {"html": too_long})

    page = content(answer)
    assert answer.status_code == 200
    assert "error-summary" in page
    assert page.count("Kalimat yang panjang.") == LONGEST_TEXT // 20
    assert text.blocks.live().count() == 2


def test_the_form_sends_its_text_as_it_is(writer: Client, text: ChapterText) -> None:
    """Encoded for an address, the same text would be up to three times as long."""
    page = content(writer.get(chapter_address(text, "block_new")))

    assert 'id="text-form" method="post" enctype="multipart/form-data"' in page


def test_the_request_may_be_longer_than_the_text_and_the_proxy_lets_it_pass() -> None:
    megabytes = int(CADDYFILE.read_text().split("max_size ")[1].split("MB")[0])

    assert (
        len(FOUR_BYTES.encode()) * LONGEST_TEXT
        < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        < megabytes * 1_000_000
    )
