"""An aspiration whose PIN is known and a browser that gave it; a report's manuscript; a canary."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from accounts.models import User
from aspirations.models import Aspiration, Tag
from aspirations.reporting import Manuscript
from consultations.models import ChapterText, Region
from tests import factories, papers
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


class Canary(BaseHTTPRequestHandler):
    """Notes every request and answers none of them usefully."""

    hits: list[str]

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"body { color: red }")

    def log_message(self, *_arguments: object) -> None:
        """Stay quiet."""


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server that a report must never ask for anything: its address and its requests."""
    hits: list[str] = []
    handler = type("OwnCanary", (Canary,), {"hits": hits})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", hits
        server.shutdown()
        thread.join()


@pytest.fixture
def manuscript(chapter_text: ChapterText, planner: User) -> Manuscript:
    """Two answered aspirations, one of them with everything that an aspiration can have."""
    full = factories.make_published(
        chapter_text,
        planner,
        body="Mohon dermaga 👍 diperbaiki.\n\nWarga menunggu lama.",
        quote="Jalan desa perlu diperbaiki segera.",
        suggested_wording="Jalan desa dan dermaga diperbaiki tahun ini.",
        rationale="Satu-satunya jalan keluar kampung.",
    )
    full.set_tags(Tag.objects.filter(slug__in=["spatial", "infrastructure"]), by=planner)
    full.respond(
        by=planner,
        disposition="partially_accommodated",
        reason="Dermaga kami masukkan bertahap.",
        text_before="Jalan desa diperbaiki.",
        text_after="Jalan desa dan dermaga diperbaiki.",
    )
    factories.make_answered(
        chapter_text, planner, "forwarded", region=Region.objects.get(code="62.71")
    )
    return papers.manuscript_of(chapter_text, planner)
