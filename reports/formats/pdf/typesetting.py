"""HTML to PDF. The only module that imports WeasyPrint; importing it needs Pango.

Nothing is fetched but our own stylesheets and fonts, by name.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from weasyprint import HTML
from weasyprint.logger import PROGRESS_LOGGER
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports.formats.pdf import tagging, tokens, typeface
from reports.progress import Progress

STYLES = settings.BASE_DIR / "static" / "css"
ASSETS: dict[str, tuple[Callable[[], bytes], str]] = {
    "report:tokens.css": (lambda: tokens.stylesheet().encode(), "text/css"),
    "report:report.css": ((STYLES / "report.css").read_bytes, "text/css"),
    **{f"report:{name}": (path.read_bytes, "font/ttf") for name, path in typeface.FILES.items()},
}
LAYING_OUT, DRAWING, VERIFYING = 15, 80, 95


class ClosedFetcher(URLFetcher):
    """Serves our own assets by name, and refuses everything else: no network, no files."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url not in ASSETS:
            raise ValueError("A report fetches nothing from outside.")
        read, content_type = ASSETS[url]
        return URLFetcherResponse(url, read(), {"Content-Type": content_type})


class ProgressHandler(logging.Handler):
    """Passes WeasyPrint's own account of its steps on to `progress`.

    `emit` lets exceptions through (logging swallows only those that a handler's own `emit`
    gives to `handleError`), so a lost claim stops the layout at the next page.
    """

    def __init__(self, progress: Progress, expected_pages: int) -> None:
        super().__init__(logging.INFO)
        self.progress, self.expected_pages = progress, expected_pages
        self.thread, self.furthest = threading.get_ident(), 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self.thread:
            return
        percent, stage = self._reading_of(str(record.msg), record.args)
        if percent > self.furthest:
            self.furthest = percent
            self.progress(percent, stage)

    def _reading_of(self, message: str, args: object) -> tuple[int, str]:
        if message.startswith("Step 5") and isinstance(args, tuple) and args:
            done = min(1.0, int(str(args[0])) / self.expected_pages)
            return LAYING_OUT + int((DRAWING - LAYING_OUT - 1) * done), "laying_out"
        if message.startswith(("Step 6", "Step 7")):
            return DRAWING, "drawing"
        return LAYING_OUT - 5, "laying_out"


@contextmanager
def told(progress: Progress, expected_pages: int) -> Iterator[None]:
    """Within it, WeasyPrint's steps reach `progress`; its logger is left as it was."""
    handler = ProgressHandler(progress, expected_pages)
    level, spreads = PROGRESS_LOGGER.level, PROGRESS_LOGGER.propagate
    PROGRESS_LOGGER.addHandler(handler)
    PROGRESS_LOGGER.setLevel(logging.INFO)
    PROGRESS_LOGGER.propagate = False
    try:
        yield
    finally:
        PROGRESS_LOGGER.removeHandler(handler)
        PROGRESS_LOGGER.setLevel(level)
        PROGRESS_LOGGER.propagate = spreads


def typeset(html: str, *, identifier: str, progress: Progress, expected_pages: int) -> bytes:
    """A tagged PDF/UA-1 file. The same HTML and identifier give the same bytes."""
    with told(progress, expected_pages):
        pdf: bytes = HTML(string=html, url_fetcher=ClosedFetcher()).write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_identifier=identifier.encode(),
            finisher=tagging.complete,
        )
    return pdf
