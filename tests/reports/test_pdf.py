"""The PDF of a report: its words, typefaces, tags and checks, and what it refuses to fetch."""

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from consultations.models import ChapterText
from reports.errors import CannotCompile
from reports.formats import Compiled
from reports.formats.pdf import proof, typeface
from reports.kinds.consultation.contents import ANCHOR
from reports.kinds.consultation.manuscript import Manuscript
from reports.kinds.consultation.writing import write_pdf
from tests import factories
from tests.papers import ignore, manuscript_on, words
from tests.reports.conftest import Printed

HOSTILE = (
    '<script>alert(1)</script><img src="{canary}/img"><b onclick=x()>tebal</b> &amp; {{{{ 7 }}}}'
)

pytestmark = pytest.mark.slow


def said(message: str) -> str:
    """How a report, which is always in Indonesian, says a message of the code."""
    with translation.override("id"):
        return gettext(message)


# What stands in it --------------------------------------------------------------------------


def test_pdf_holds_everything_about_an_aspiration(printed: Printed) -> None:
    manuscript, compiled = printed

    text = words(compiled.content)
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
        manuscript.snapshot.log_root,
        manuscript.verification_url,
        said("Received in all"),
        f"Halaman 2 dari {compiled.pages}",
    ):
        assert expected in text


def test_pdf_says_that_a_qr_is_no_signature_and_claims_none(printed: Printed) -> None:
    text = words(printed[1].content)

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

    texts = {one.edition: words(write_pdf(one, ignore).content) for one in (manuscript, internal)}

    assert example in texts["public"]
    assert secret in texts["internal"]
    assert secret not in texts["public"]


def test_pdf_of_an_empty_consultation_says_so(chapter_text: ChapterText, planner: User) -> None:
    compiled = write_pdf(manuscript_on(chapter_text, planner), ignore)

    assert compiled.row_count == 0
    assert said("Nothing was said on this chapter.") in words(compiled.content)


def test_pdf_is_the_same_for_the_same_manuscript(manuscript: Manuscript) -> None:
    assert write_pdf(manuscript, ignore).content == write_pdf(manuscript, ignore).content


def test_pdf_shows_hostile_text_as_text(
    chapter_text: ChapterText, planner: User, canary: tuple[str, list[str]]
) -> None:
    address, hits = canary
    hostile = HOSTILE.format(canary=address)
    aspiration = factories.make_accepted(
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

    pdf = write_pdf(manuscript_on(chapter_text, planner), ignore).content

    text = words(pdf)
    assert "<script>alert(1)</script>" in text
    assert "&amp;" in text
    assert "<h1>Palsu</h1>" in text
    assert hits == []
    assert b"/JavaScript" not in pdf


# How it is set ------------------------------------------------------------------------------


def test_pdf_is_tagged_in_indonesian_with_bookmarks(printed: Printed) -> None:
    manuscript, compiled = printed

    with pikepdf.open(io.BytesIO(compiled.content)) as pdf:
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


def test_pdf_embeds_its_own_typefaces_and_no_other(printed: Printed) -> None:
    _manuscript, compiled = printed

    with pikepdf.open(io.BytesIO(compiled.content)) as pdf:
        fonts = proof.fonts_of(pdf)
        descriptors = [
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        ]
        embedded = [thing for thing in descriptors if {"/FontFile2", "/FontFile3"} & set(thing)]
    assert {"Report-Sans", "Report-Serif"} <= fonts <= typeface.NAMES
    assert len(embedded) == len(descriptors) >= 4
    assert "[U+1F44D]" in words(compiled.content)


def test_proof_refuses_a_file_that_lacks_an_aspiration(printed: Printed) -> None:
    manuscript, pdf = printed[0], printed[1].content
    missing = {**manuscript.rows[0], "code": "RK28-XXXX-X"}

    for rows in ([*manuscript.rows, missing], manuscript.rows[:1], [*manuscript.rows] * 2):
        with pytest.raises(CannotCompile):
            proof.verify(pdf, [row["code"] for row in rows], anchor=ANCHOR)
    assert proof.verify(pdf, codes_of(manuscript), anchor=ANCHOR) > 5


def test_proof_refuses_a_borrowed_typeface_and_an_attachment(printed: Printed) -> None:
    manuscript, compiled = printed

    with pytest.raises(CannotCompile):
        proof.verify(changed(compiled, _borrow), codes_of(manuscript), anchor=ANCHOR)
    with pytest.raises(CannotCompile):
        proof.verify(changed(compiled, _attach), codes_of(manuscript), anchor=ANCHOR)


def codes_of(manuscript: Manuscript) -> list[str]:
    return [row["code"] for row in manuscript.rows]


def changed(compiled: Compiled, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(compiled.content)) as pdf:
        change(pdf)
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def _borrow(pdf: pikepdf.Pdf) -> None:
    font = next(t for t in pdf.objects if isinstance(t, pikepdf.Dictionary) and "/BaseFont" in t)
    font.BaseFont = pikepdf.Name("/ABCDEF+DejaVu-Sans")


def _attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["x.txt"] = pikepdf.AttachedFileSpec(pdf, b"x", filename="x.txt")
