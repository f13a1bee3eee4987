"""A manuscript becomes a PDF: written as HTML, typeset, and checked before it leaves."""

from types import ModuleType
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reports.errors import CannotCompile
from reports.formats import Compiled
from reports.formats.pdf.tokens import color
from reports.kinds.consultation.contents import ANCHOR, Contents
from reports.kinds.consultation.manuscript import Manuscript
from reports.progress import Progress

LANGUAGE = "id"
PANGO = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def write_pdf(manuscript: Manuscript, progress: Progress) -> Compiled:
    """The edition as a verified PDF. Raises CannotCompile with a sentence if that fails.

    `progress(percent, stage)` is called along the way; what it raises ends the work.
    """
    with translation.override(LANGUAGE), timezone.override(settings.TIME_ZONE):
        making = _making()
        progress(3, "writing")
        context = _context(manuscript) | {"qr": making.qr(manuscript.verification_url)}
        pdf: bytes = making.make(
            render_to_string("reports/consultation/report.html", context),
            identifier=f"{manuscript.code} {manuscript.snapshot.sha256}",
            progress=progress,
        )
        codes = [row["code"] for row in manuscript.rows]
        pages = making.verify(pdf, codes, anchor=ANCHOR)
        return Compiled(pdf, pages, row_count=len(codes))


def _making() -> ModuleType:
    """The module that needs Pango, or a sentence with the line that installs it."""
    try:
        from reports.formats.pdf import making
    except OSError as error:
        raise CannotCompile(
            _("The library that lays out PDF files is missing. On the server, run: %(command)s")
            % {"command": PANGO}
        ) from error
    return making


def _context(manuscript: Manuscript) -> dict[str, Any]:
    consultation = manuscript.consultation
    return {
        "manuscript": manuscript,
        "consultation": consultation,
        "cycle": consultation.cycle,
        "forums": list(consultation.forums.all()),
        "snapshot": manuscript.snapshot,
        "contents": Contents(manuscript),
        "is_public": manuscript.is_public,
        "ink": color("color-chart"),
        "ink_soft": color("color-chart-soft"),
        "ink_line": color("color-line"),
        "ink_text": color("color-text"),
    }
