"""HTML in, a verified PDF out. Importing it needs Pango, so it is imported when it is used."""

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reports.formats.pdf import course, proof, typeface, typesetting
from reports.formats.pdf.tokens import color
from reports.progress import Progress

verify = proof.verify


def make(html: str, *, identifier: str, progress: Progress) -> bytes:
    """Set the HTML in our typefaces. The same HTML and identifier give the same bytes."""
    pdf = typesetting.typeset(typeface.printable(html), identifier=identifier, progress=progress)
    progress(course.VERIFYING, "verifying")
    return pdf


def qr(address: str) -> SafeString:
    """The address as a drawing to scan."""
    title = _("QR code with the address of the verification page: %(address)s") % {
        "address": address
    }
    drawing = segno.make(address, error="m").svg_inline(
        scale=3, border=2, title=title, dark=color("color-text"), lineclass=None, svgclass="qr"
    )
    return mark_safe(drawing)  # noqa: S308 - segno escapes the title; the rest is its own
