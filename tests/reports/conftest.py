"""A report's manuscript, and a web server that a report must never ask for anything."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from accounts.models import User
from aspirations.models import Tag
from consultations.models import ChapterText, Region
from reports.formats import Compiled
from reports.kinds.consultation.manuscript import Manuscript
from reports.kinds.consultation.writing import write_pdf
from reports.models import Report
from tests import factories, papers
from tests.reports.recording import everything_happened


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
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", hits
        server.shutdown()
        thread.join()


@pytest.fixture
def report(chapter_text: ChapterText, planner: User, lead_planner: User) -> Report:
    """A released report on a consultation in which everything happened."""
    return everything_happened(chapter_text, planner, lead_planner)


@pytest.fixture
def manuscript(chapter_text: ChapterText, planner: User) -> Manuscript:
    """Two answered aspirations, one of them with everything that an aspiration can have."""
    full = factories.make_accepted(
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
    return papers.manuscript_on(chapter_text, planner)


Printed = tuple[Manuscript, Compiled]


@pytest.fixture(scope="session")
def papers_made() -> dict[str, Any]:
    """Files that were set once in this process: setting one takes seconds."""
    return {}


@pytest.fixture
def printed(papers_made: dict[str, Any], request: pytest.FixtureRequest) -> Printed:
    """The manuscript with its PDF, set by the first test that asks for it."""
    if "printed" not in papers_made:
        manuscript = request.getfixturevalue("manuscript")
        papers_made["printed"] = (manuscript, write_pdf(manuscript, papers.ignore))
    found: Printed = papers_made["printed"]
    return found
