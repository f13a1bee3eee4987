"""How the tests speak of the drafting desk."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultations.models import ChapterText

DESK = "/kelola/rencana/"
HTMX = {"HX-Request": "true"}
CYCLE = {
    "year": "2029",
    "theme": "Jalan, sekolah, air",
    "priorities": "Jalan desa\n\n  Air bersih \n",
    "rpjmd_title": "RPJMD 2025–2029",
    "rpjmd_start": "2025",
    "rpjmd_end": "2029",
    "vision": "Kalteng Berkah",
    "missions": "Satu\nDua",
    "province": "Kalimantan Tengah",
    "organiser_name": "Badan Perencanaan",
    "organiser_short": "Bapperida",
    "organiser_address": "Palangka Raya",
    "organiser_contact": "",
    "signatory_position": "Kepala Badan",
    "signatory_name": "",
}


def address(name: str, *args: Any) -> str:
    return reverse(f"drafting:{name}", args=args)


def chapter_address(text: ChapterText, name: str = "chapter") -> str:
    return address(name, text.draft.consultation.slug, text.chapter.number)


def plain(text: ChapterText) -> list[str]:
    """The words of each block, in order."""
    return [block.plain for block in text.blocks.live()]


def content(response: Any) -> str:
    return response.content.decode()


def queries(client: Client, page: str) -> int:
    """How many queries the page asks once its session is warm."""
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    return len(asked)
