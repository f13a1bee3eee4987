"""A manuscript becomes a PDF: written as HTML, typeset, and checked before it leaves."""

from types import ModuleType
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from aspirations.reporting import proof, typeface
from aspirations.reporting.contents import Contents
from aspirations.reporting.manuscript import CannotCompile, Compiled, Manuscript, Progress
from aspirations.reporting.tokens import color

LANGUAGE = "id"
PANGO = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
FRONT_PAGES, ROWS_PER_PAGE = 12, 3


def write_pdf(manuscript: Manuscript, progress: Progress) -> Compiled:
    """The edition as a verified PDF. Raises CannotCompile with a sentence if that fails.

    `progress(percent, stage)` is called along the way; what it raises ends the work.
    """
    with translation.override(LANGUAGE), timezone.override(settings.TIME_ZONE):
        typesetting = _typesetting()
        progress(5, "writing")
        html = typeface.printable(render_to_string("report/report.html", _context(manuscript)))
        pdf = typesetting.typeset(
            html,
            identifier=f"{manuscript.code} {manuscript.snapshot.sha256}",
            progress=progress,
            expected_pages=FRONT_PAGES + len(manuscript.rows) // ROWS_PER_PAGE,
        )
        progress(typesetting.VERIFYING, "verifying")
        return Compiled(pdf, pages=proof.verify(pdf, manuscript), row_count=len(manuscript.rows))


def _typesetting() -> ModuleType:
    """The module that needs Pango, or a sentence with the line that installs it."""
    try:
        from aspirations.reporting import typesetting
    except OSError as error:
        raise CannotCompile(
            _("The library that lays out PDF files is missing. On the server, run: %(command)s")
            % {"command": PANGO}
        ) from error
    return typesetting


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
        "qr": _qr(manuscript.verification_url),
        "ink": color("color-chart"),
        "ink_soft": color("color-chart-soft"),
        "ink_line": color("color-line"),
        "ink_text": color("color-text"),
    }


def _qr(address: str) -> SafeString:
    title = _("QR code with the address of the verification page: %(address)s") % {
        "address": address
    }
    drawing = segno.make(address, error="m").svg_inline(
        scale=3, border=2, title=title, dark=color("color-text"), lineclass=None, svgclass="qr"
    )
    return mark_safe(drawing)  # noqa: S308 - segno escapes the title; the rest is its own
