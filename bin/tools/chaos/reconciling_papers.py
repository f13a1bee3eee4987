"""After the chaos: each report ready once and right, and nothing else in the folder of files."""

import hashlib
from pathlib import Path

import pypdfium2
from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _

from bin.tools.chaos.ledger import Ledger
from bin.tools.chaos.verdict import Verdict
from reports.models import Report, ReportEvent
from rkpd_portal.storage import UNFINISHED

FOLDER = "reports"


def reports(ledger: Ledger, verdict: Verdict) -> None:
    """Every report that was asked for is ready, with one whole file that says what it must."""
    rows = list(Report.objects.select_related("snapshot").prefetch_related("events"))
    for code in sorted(ledger.promised - {report.code for report in rows}):
        verdict.lost.append(f"The report {code} was promised and is not there")
    for report in rows:
        if report.state != Report.State.READY:
            verdict.findings.append(f"{report.code} is {report.state}: {report.failure}")
            continue
        verdict.reports += 1
        times = sum(event.verb == ReportEvent.Verb.READY for event in report.events.all())
        if times != 1:
            verdict.duplicated.append(f"{report.code} became ready {times} times")
        verdict.findings += [f"{report.code}: {wrong}" for wrong in wrongs(report)]
    failures(verdict)
    strays({report.file for report in rows}, verdict)


def wrongs(report: Report) -> list[str]:
    """What is wrong with a file that is ready."""
    if not default_storage.exists(report.file):
        return [f"its file {report.file} is not there"]
    with default_storage.open(report.file) as file:
        content = file.read()
    found = []
    if hashlib.sha256(content).hexdigest() != report.sha256 or len(content) != report.size:
        found.append("its file is not the one that was recorded")
    rows = report.snapshot.rows.all()
    if report.edition == Report.Edition.PUBLIC:
        rows = rows.filter(is_public=True)
    codes = [row.data["code"] for row in rows]
    if report.row_count != len(codes):
        found.append(f"it counts {report.row_count} rows of {len(codes)}")
    return found + wrong_inside(content, report.pages, codes)


def wrong_inside(content: bytes, pages: int, codes: list[str]) -> list[str]:
    """Whether a reader opens it, and whether it names every aspiration."""
    try:
        with pypdfium2.PdfDocument(content) as paper:
            texts = [page.get_textpage().get_text_bounded() for page in paper]
    except pypdfium2.PdfiumError as error:
        return [f"it does not open: {error}"]
    if len(texts) != pages:
        return [f"it has {len(texts)} pages, not {pages}"]
    missing = [code for code in codes if code not in "".join(texts)]
    return [f"it does not name {', '.join(missing[:5])}"] if missing else []


def failures(verdict: Verdict) -> None:
    """A report may fail for these reasons only: then somebody pressed "try again"."""
    with translation.override("id"):
        allowed = {
            _(
                "The server has no room left for the file, so nothing was stored. "
                "Ask the administrator to free disk space, then try again."
            ),
            _("The report was interrupted three times. Ask for it again."),
        }
    for event in ReportEvent.objects.filter(verb=ReportEvent.Verb.FAILED):
        if event.words not in allowed:
            verdict.findings.append(f"A report failed: {event.words}")


def strays(known: set[str], verdict: Verdict) -> None:
    """Files that no report names, unless a killed process never gave them a name."""
    root = Path(default_storage.path(""))
    for path in sorted((root / FOLDER).glob("*")):
        if f"{FOLDER}/{path.name}" not in known:
            verdict.findings.append(f"No report names the file {path.name}")
    for path in root.iterdir() if root.exists() else []:
        if path.name not in (FOLDER, UNFINISHED, "record"):
            verdict.findings.append(f"Nobody expects {path.name} among the files")
