"""The PDF of a report: its words, typefaces, tags and checks, and what it refuses to fetch."""

import io
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from aspirations.models import Report, Tag
from aspirations.reporting import (
    STAGES,
    CannotCompile,
    Compiled,
    LostClaim,
    Manuscript,
    figures,
    proof,
    tokens,
    typeface,
    typesetting,
    write_pdf,
)
from aspirations.reporting.contents import Contents
from consultations.models import ChapterText, Region
from tests import factories
from tests.processes import ROOT, environment

HOSTILE = (
    '<script>alert(1)</script><img src="{canary}/img"><b onclick=x()>tebal</b> &amp; {{{{ 7 }}}}'
)


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


def ignore(_percent: int, _stage: str) -> None:
    """Nobody watches."""


def manuscript_of(text: ChapterText, by: User, edition: str = "public") -> Manuscript:
    consultation = text.draft.consultation
    reports = Report.objects.request(consultation, by=by)
    report = next(report for report in reports if report.edition == edition)
    report.snapshot.take()
    return report._manuscript()


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
    return manuscript_of(chapter_text, planner)


def words(pdf: bytes) -> str:
    """All words of the PDF in one line."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return " ".join(" ".join(pages).replace("\ufffe", "-").split())


def said(message: str) -> str:
    """How a report, which is always in Indonesian, says a message of the code."""
    with translation.override("id"):
        return gettext(message)


# What stands in it --------------------------------------------------------------------------


def test_pdf_holds_everything_about_an_aspiration(manuscript: Manuscript) -> None:
    compiled = write_pdf(manuscript, ignore)

    text = words(compiled.pdf)
    assert compiled.row_count == 2
    for row in manuscript.rows:
        assert row["code"] in text
    for expected in (
        "Jalan desa perlu diperbaiki segera.",
        "Jalan desa dan dermaga diperbaiki tahun ini.",
        "Satu-satunya jalan keluar kampung.",
        "Dermaga kami masukkan bertahap.",
        "Jalan desa dan dermaga diperbaiki.",
        "Spasial · Infrastruktur",
        "Rina Lestari",
        "Kabupaten Kapuas",
        "Dinas PUPR",
        manuscript.snapshot.sha256,
        manuscript.snapshot.event_head,
        manuscript.verification_url,
        said("Received in all"),
        f"Halaman 2 dari {compiled.pages}",
    ):
        assert expected in text


def test_pdf_says_that_a_qr_is_no_signature_and_claims_none(manuscript: Manuscript) -> None:
    text = words(write_pdf(manuscript, ignore).pdf)

    assert said(
        "The box is left empty for a signature by hand or a certified electronic signature. "
        "The QR code on the cover only leads to the page that verifies the file; it is not a "
        "signature."
    ) in " ".join(text.split())
    assert "BSrE" not in text


def test_pdf_marks_an_example_and_a_confidential_edition(
    manuscript: Manuscript, chapter_text: ChapterText, planner: User
) -> None:
    cycle = manuscript.consultation.cycle
    cycle.is_example = True
    internal = replace(manuscript, edition="internal")
    example = said(
        "Example for demonstration. This is not the government's text, and the aspirations in it "
        "are invented."
    )
    secret = said(
        "Confidential: holds names and aspirations that are not public. For the organiser's staff "
        "only; do not pass it on, and keep it as the law on personal data protection asks."
    )

    texts = {one.edition: words(write_pdf(one, ignore).pdf) for one in (manuscript, internal)}

    assert example in texts["public"]
    assert secret in texts["internal"]
    assert secret not in texts["public"]


def test_pdf_of_an_empty_consultation_says_so(chapter_text: ChapterText, planner: User) -> None:
    compiled = write_pdf(manuscript_of(chapter_text, planner), ignore)

    assert compiled.row_count == 0
    assert said("Nothing was said on this chapter.") in words(compiled.pdf)


def test_pdf_is_the_same_for_the_same_manuscript(manuscript: Manuscript) -> None:
    assert write_pdf(manuscript, ignore).pdf == write_pdf(manuscript, ignore).pdf


def test_pdf_shows_hostile_text_as_text(
    chapter_text: ChapterText, planner: User, canary: tuple[str, list[str]]
) -> None:
    address, hits = canary
    hostile = HOSTILE.format(canary=address)
    aspiration = factories.make_published(
        chapter_text,
        planner,
        body=hostile,
        quote=hostile,
        suggested_wording=hostile,
        rationale=hostile,
        display_name=hostile[:100],
        organisation="<h1>Palsu</h1>",
    )
    aspiration.respond(by=planner, disposition="noted", reason=hostile)

    pdf = write_pdf(manuscript_of(chapter_text, planner), ignore).pdf

    text = words(pdf)
    assert "<script>alert(1)</script>" in text
    assert "&amp;" in text
    assert "<h1>Palsu</h1>" in text
    assert hits == []
    assert b"/JavaScript" not in pdf


# How it is set ------------------------------------------------------------------------------


def test_pdf_is_tagged_in_indonesian_with_bookmarks(manuscript: Manuscript) -> None:
    compiled = write_pdf(manuscript, ignore)

    with pikepdf.open(io.BytesIO(compiled.pdf)) as pdf:
        root = pdf.Root
        assert root.Lang == "id"
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert b"pdfuaid" in root.Metadata.read_bytes()
        assert manuscript.consultation.cycle.organiser_name in str(pdf.docinfo["/Author"])
        titles = set(proof.bookmarks_of(pdf))
        kinds = {
            str(thing.S)
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/StructElem"
        }
        figures_without_words = [
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary)
            and thing.get("/S") == "/Figure"
            and not str(thing.get("/Alt", ""))
        ]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Caption", "/Figure", "/Link"} <= kinds
    assert "Bab I Pendahuluan" in titles
    assert all(any(t.startswith(row["code"]) for t in titles) for row in manuscript.rows)
    assert figures_without_words == []


def test_pdf_embeds_its_own_typefaces_and_no_other(manuscript: Manuscript) -> None:
    compiled = write_pdf(manuscript, ignore)

    with pikepdf.open(io.BytesIO(compiled.pdf)) as pdf:
        fonts = proof.fonts_of(pdf)
        descriptors = [
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        ]
        embedded = [thing for thing in descriptors if {"/FontFile2", "/FontFile3"} & set(thing)]
    assert {"Report-Sans", "Report-Serif"} <= fonts <= typeface.NAMES
    assert len(embedded) == len(descriptors) >= 4
    assert "[U+1F44D]" in words(compiled.pdf)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Rp15 miliar – “cepat” → 2028 ✓", "Rp15 miliar – “cepat” → 2028 ✓"),
        ("dua\u2011tiga\u2009kali", "dua-tiga kali"),
        ("𝗣𝗲𝗻𝘁𝗶𝗻𝗴", "Penting"),
        ("cafe\u0301", "café"),
        ("baik 👍🏽!", "baik [U+1F44D U+1F3FD]!"),
        ("a\u202eb\x00c\ufe0f", "abc"),
        ("سلام", "[U+0633 U+0644 U+0627 U+0645]"),
    ],
)
def test_typeface_prints_what_it_has_and_names_the_rest(typed: str, printed: str) -> None:
    assert typeface.printable(typed) == printed


# What it refuses ----------------------------------------------------------------------------

VECTORS = """
<link rel="attachment" href="{canary}/1"><a rel="attachment" href="{canary}/2">x</a>
<link rel="stylesheet" href="{canary}/3"><style>@import url({canary}/4);
@font-face {{ font-family: x; src: url({canary}/5); }} p {{ font-family: x; }}
div {{ background: url({canary}/6); }}</style>
<img src="{canary}/7" alt="x"><object data="{canary}/8">x</object>
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>x</title>
<image href="{canary}/9" width="9" height="9"/></svg>
<img alt="x" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'
%3E%3Cimage href='{canary}/10'/%3E%3C/svg%3E">
<img alt="x" src="file:///etc/passwd"><link rel="attachment" href="file:///etc/passwd">
<p>isi</p><div>latar</div>
"""


def test_typesetting_fetches_nothing_from_outside(canary: tuple[str, list[str]]) -> None:
    address, hits = canary
    html = f"<html lang=id><title>x</title>{VECTORS.format(canary=address)}</html>"

    pdf = typesetting.typeset(html, identifier="x", progress=ignore, expected_pages=1)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.attachments) == 0
        assert not [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and "/EF" in thing
        ]
    assert hits == []
    assert b"/EmbeddedFile" not in pdf


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://kalteng.go.id/logo.png",
        "file:///etc/passwd",
        "ftp://x/",
        "data:text/css,p{}",
        "report:../settings.py",
        "report:/etc/passwd",
        "report:SourceSansPro-Black.ttf",
        "",
    ],
)
def test_fetcher_denies_by_default(url: str) -> None:
    with pytest.raises(ValueError, match="nothing from outside"):
        typesetting.ClosedFetcher().fetch(url)


def test_proof_refuses_a_file_that_lacks_an_aspiration(manuscript: Manuscript) -> None:
    pdf = write_pdf(manuscript, ignore).pdf
    missing = {**manuscript.rows[0], "code": "RK28-XXXX-X"}

    for rows in ([*manuscript.rows, missing], manuscript.rows[:1], [*manuscript.rows] * 2):
        with pytest.raises(CannotCompile):
            proof.verify(pdf, replace(manuscript, rows=rows))
    assert proof.verify(pdf, manuscript) > 5


def test_proof_refuses_a_borrowed_typeface_and_an_attachment(manuscript: Manuscript) -> None:
    compiled = write_pdf(manuscript, ignore)

    with pytest.raises(CannotCompile):
        proof.verify(changed(compiled, _borrow), manuscript)
    with pytest.raises(CannotCompile):
        proof.verify(changed(compiled, _attach), manuscript)


def changed(compiled: Compiled, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(compiled.pdf)) as pdf:
        change(pdf)
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def _borrow(pdf: pikepdf.Pdf) -> None:
    font = next(t for t in pdf.objects if isinstance(t, pikepdf.Dictionary) and "/BaseFont" in t)
    font.BaseFont = pikepdf.Name("/ABCDEF+DejaVu-Sans")


def _attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["x.txt"] = pikepdf.AttachedFileSpec(pdf, b"x", filename="x.txt")


# Progress -----------------------------------------------------------------------------------


def test_progress_tells_real_stages_in_order(manuscript: Manuscript) -> None:
    told: list[tuple[int, str]] = []

    write_pdf(manuscript, lambda percent, stage: told.append((percent, stage)))

    percents = [percent for percent, _stage in told]
    stages = list(dict.fromkeys(stage for _percent, stage in told))
    assert percents == sorted(set(percents))
    assert stages == ["writing", "laying_out", "drawing", "verifying"]
    assert set(stages) < set(STAGES)
    assert len([stage for _percent, stage in told if stage == "laying_out"]) > 5


@pytest.mark.parametrize("last", ["writing", "laying_out", "drawing", "verifying"])
def test_lost_claim_stops_the_work_at_any_stage(last: str, manuscript: Manuscript) -> None:
    logger = logging.getLogger("weasyprint.progress")
    before = (logger.level, logger.propagate, list(logger.handlers))
    told: list[str] = []

    def lose(_percent: int, stage: str) -> None:
        told.append(stage)
        if stage == last:
            raise LostClaim

    with pytest.raises(LostClaim):
        write_pdf(manuscript, lose)

    assert told.count(last) == 1
    assert told[-1] == last
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


WITHOUT_PANGO = """
import sys, django
class NoPango:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
sys.meta_path.insert(0, NoPango())
django.setup()
import rkpd_portal.urls
from aspirations.reporting import CannotCompile, pdf
for attempt in (1, 2):
    try:
        pdf._typesetting()
    except CannotCompile as error:
        print(error)
"""


def test_without_pango_the_portal_runs_and_a_report_says_what_to_type(db: None) -> None:
    env = environment(DJANGO_SETTINGS_MODULE="rkpd_portal.settings")

    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_PANGO],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    sentences = result.stdout.splitlines()
    assert len(sentences) == 2
    for sentence in sentences:
        assert "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in sentence


# Figures ------------------------------------------------------------------------------------


def row(**fields: Any) -> dict[str, Any]:
    return {"disposition": "pending", "regency_code": "62.03", "tags": [], **fields}


def test_cross_table_counts_each_cell_and_every_row_once_in_the_sum() -> None:
    tag = {"facet": "approach", "slug": "spatial", "name": "Spasial"}
    other = {**tag, "slug": "thematic"}
    rows = [row(tags=[tag, other]), row(tags=[tag], disposition="noted"), row()]

    table = figures.cross_table(
        "x",
        "X",
        "X",
        rows,
        lambda one: figures.tags_of(one, "approach"),
        [("spatial", "Spasial"), ("thematic", "Tematik"), ("", "Tanpa")],
        [("pending", "Belum"), ("noted", "Dicatat")],
    )

    assert [(line.label, line.counts) for line in table.lines] == [
        ("Spasial", [1, 1]),
        ("Tematik", [1, 0]),
        ("Tanpa", [1, 0]),
    ]
    assert (table.sums.counts, table.sums.total) == ([2, 1], 3)


def test_chart_keeps_zeros_and_the_order_given() -> None:
    rows = [row(), row(disposition="noted"), row(regency_code="62.71")]

    chart = figures.chart(
        "x", "X", rows, "regency_code", [("62.01", "Kobar"), ("62.03", "Kapuas"), ("62.71", "PR")]
    )

    assert [(bar.label, bar.total, bar.answered) for bar in chart.bars] == [
        ("Kobar", 0, 0),
        ("Kapuas", 2, 1),
        ("PR", 1, 0),
    ]
    assert chart.has_waiting


def test_contents_names_silent_regencies_and_reconciles(
    manuscript: Manuscript, chapter_text: ChapterText, planner: User
) -> None:
    contents = Contents(manuscript)

    assert len(contents.regencies) == 14
    assert contents.heard_regencies == 2
    assert "Kapuas" not in contents.silent_regencies
    assert contents.received_total - contents.withdrawn - contents.left_out == 2
    assert len(contents.parts) == 8


def test_drawings_take_their_colours_from_the_tokens() -> None:
    assert tokens.color("color-chart") == tokens.color("river-700")
    assert tokens.color("color-chart").startswith("#")
    assert "prefers-color-scheme" not in tokens.stylesheet()
