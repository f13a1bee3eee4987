"""HTML to PDF: signs that can be printed, nothing fetched, progress told, work that stops."""

import io
import logging
import subprocess
import sys

import pikepdf
import pytest

from reports.errors import LostClaim
from reports.formats.pdf import typeface, typesetting
from reports.kinds.consultation.manuscript import Manuscript
from reports.kinds.consultation.writing import write_pdf
from reports.progress import STAGES
from tests.papers import ignore
from tests.processes import ROOT, environment

pytestmark = pytest.mark.slow


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

    pdf = typesetting.typeset(html, identifier="x", progress=ignore)

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


# Progress -----------------------------------------------------------------------------------


def test_progress_tells_real_stages_in_order(manuscript: Manuscript) -> None:
    told: list[tuple[int, str]] = []

    write_pdf(manuscript, lambda percent, stage: told.append((percent, stage)))

    percents = [percent for percent, _stage in told]
    stages = list(dict.fromkeys(stage for _percent, stage in told))
    assert percents == sorted(set(percents))
    assert ["freezing", *stages] == list(STAGES)
    for stage in ("laying_out", "drawing"):
        assert len([each for _percent, each in told if each == stage]) > 5


@pytest.mark.parametrize("last", list(STAGES)[1:])
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
from reports.errors import CannotCompile
from reports.kinds.consultation import writing
for attempt in (1, 2):
    try:
        writing._making()
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
