"""A report for those who hear it: what a machine can check of PDF/UA-1, and its tables' heads."""

import io
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from accounts.models import Agency, User
from aspirations.models import Disposition, StakeholderGroup, Tag
from consultations.models import ChapterText, Region
from reports.kinds.consultation.writing import write_pdf
from tests import factories
from tests.papers import ignore, manuscript_on

pytestmark = pytest.mark.slow

EDITIONS = ("public", "internal")
LONG = "Jalan ini satu-satunya jalan keluar kampung, dan setiap musim hujan kami terputus. " * 60
DECIDED = [value for value in Disposition.values if value != Disposition.PENDING]


@pytest.fixture
def busy_chapter(chapter_text: ChapterText, planner: User, agency: Agency) -> ChapterText:
    """Chapter I and III of a consultation with all that a report can hold; the others silent."""
    make, tags = factories.make_accepted, Tag.objects.filter(slug__in=["spatial", "bottom-up"])
    third = factories.make_chapter(chapter_text.draft.consultation, planner, number=3)
    for place, region in enumerate(Region.objects.regencies()):
        group = StakeholderGroup.values[place % len(StakeholderGroup.values)]
        text, decision = (chapter_text, third)[place % 2], DECIDED[place % len(DECIDED)]
        factories.make_answered(text, planner, decision, region=region, stakeholder_group=group)
    full = make(
        third, planner, body=f"{LONG}\n\nSatu 👍 lagi.", quote="Jalan desa.", rationale=LONG,
        suggested_wording="Jalan desa & dermaga <diperbaiki>.", agency=agency,
    )  # fmt: skip
    full.set_tags(tags, by=planner)
    full.respond(
        by=planner, disposition="accommodated", reason=LONG,
        text_before="Jalan desa diperbaiki.", text_after="Jalan desa dan dermaga diperbaiki.",
    )  # fmt: skip
    make(third, planner, body="Tanpa izin terbit.", consent_publish=False)
    make(third, planner, body="Sama saja.").merge(into=full, by=planner)
    factories.make_aspiration(third).refuse(by=planner, reason="Menyerang orang lain.")
    for _number in range(40):  # the index runs over to a second page
        make(chapter_text, planner)
    return chapter_text


@pytest.fixture
def busy_papers(papers_made: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Both editions on the busy consultation, set by the first test that asks for them."""
    if "busy" not in papers_made:
        chapter, by = (request.getfixturevalue(name) for name in ("busy_chapter", "planner"))
        papers_made["busy"] = {
            edition: write_pdf(manuscript_on(chapter, by, edition), ignore).content
            for edition in EDITIONS
        }
    found: dict[str, bytes] = papers_made["busy"]
    return found


# pdfua 0.1.3 cannot try this rule with pikepdf 10.18; headings are looked at here instead.
UNTRIED = {"UA-14-001"}


def findings_in(pdf: bytes, folder: Path) -> list[str]:
    """What `pdfua check` says against the file; a rule that it could not try is said too."""
    path = folder / "laporan.pdf"
    path.write_bytes(pdf)
    command = [sys.executable, "-m", "pdfua", "check", "--format", "json", str(path)]
    report = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    untried = {rule["rule_id"] for rule in report["skipped"]} - UNTRIED
    assert report["summary"]["rules_run"] >= 11
    return sorted(untried) + [f"{one['rule_id']} {one['message']}" for one in report["findings"]]


def elements_of(pdf: pikepdf.Pdf, parent: pikepdf.Object | None = None) -> Iterator[Any]:
    """Every element of the structure tree in reading order."""
    kids = (parent or pdf.Root.StructTreeRoot).get("/K", pikepdf.Array())
    for kid in kids:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements_of(pdf, kid)


def parents_of(element: Any) -> Iterator[str]:
    while "/S" in element.P:
        element = element.P
        yield str(element.S)


def marks_content(element: Any) -> bool:
    """Whether a number of marked content stands somewhere below it."""
    return any(
        isinstance(kid, int) or (isinstance(kid, pikepdf.Dictionary) and marks_content(kid))
        for kid in element.get("/K", pikepdf.Array())
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_pdf_of_a_busy_consultation_meets_pdfua(
    edition: str, busy_papers: dict[str, bytes], tmp_path: Path
) -> None:
    assert findings_in(busy_papers[edition], tmp_path) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_pdf_of_an_empty_consultation_meets_pdfua(
    edition: str, chapter_text: ChapterText, planner: User, tmp_path: Path
) -> None:
    compiled = write_pdf(manuscript_on(chapter_text, planner, edition), ignore)

    assert findings_in(compiled.content, tmp_path) == []


def test_every_head_of_a_table_says_whether_it_stands_over_a_column_or_a_row(
    busy_papers: dict[str, bytes],
) -> None:
    with pikepdf.open(io.BytesIO(busy_papers["internal"])) as pdf:
        heads = [element for element in elements_of(pdf) if element.S == "/TH"]
        scopes = {
            (str(head.A.get("/Scope")), "/THead" in parents_of(head), str(head.A.O))
            for head in heads
        }
        tables = [element for element in elements_of(pdf) if element.S == "/Table"]
    assert scopes == {("/Column", True, "/Table"), ("/Row", False, "/Table")}
    assert len(tables) > 10
    assert len(heads) > 100


def test_every_cell_finds_its_heads_by_their_names(busy_papers: dict[str, bytes]) -> None:
    with pikepdf.open(io.BytesIO(busy_papers["internal"])) as pdf:
        names = list(pdf.Root.StructTreeRoot.IDTree.Names)
        tree = dict(zip(map(bytes, names[::2]), names[1::2], strict=True))
        cells = [element for element in elements_of(pdf) if element.S == "/TD"]
        wanted = [bytes(name) for cell in cells for name in cell.A.Headers]
        scopes = {len({str(tree[bytes(n)].A.Scope) for n in cell.A.Headers}) for cell in cells}
    assert list(tree) == sorted(tree)
    assert set(wanted) <= set(tree)
    assert scopes == {1, 2}  # a cross-table's cells stand under a column and beside a row


def test_headings_have_words_and_skip_no_level(busy_papers: dict[str, bytes]) -> None:
    with pikepdf.open(io.BytesIO(busy_papers["internal"])) as pdf:
        headings = [e for e in elements_of(pdf) if str(e.S)[:2] == "/H" and str(e.S)[2:].isdigit()]
        silent = [str(heading.S) for heading in headings if not marks_content(heading)]
        levels = [int(str(heading.S)[2:]) for heading in headings]
    assert silent == []
    assert levels[0] == 1
    assert set(levels) == {1, 2, 3, 4}
    assert all(low - high <= 1 for high, low in itertools.pairwise(levels))
