"""HTML to PDF. The only module that imports WeasyPrint; importing it needs Pango.

Nothing is fetched but our own stylesheets and fonts, by name.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from weasyprint import HTML
from weasyprint.logger import PROGRESS_LOGGER
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports.formats.pdf import tagging, tokens, typeface
from reports.formats.pdf.course import Course, pages_expected
from reports.progress import Progress

STYLES = settings.BASE_DIR / "static" / "css"
ASSETS: dict[str, tuple[Callable[[], bytes], str]] = {
    "report:tokens.css": (lambda: tokens.stylesheet().encode(), "text/css"),
    "report:report.css": ((STYLES / "report.css").read_bytes, "text/css"),
    **{f"report:{name}": (path.read_bytes, "font/ttf") for name, path in typeface.FILES.items()},
}


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

    def __init__(self, progress: Progress, course: Course) -> None:
        super().__init__(logging.INFO)
        self.progress, self.course = progress, course
        self.thread, self.furthest = threading.get_ident(), 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.tell(*self.course.hear(str(record.msg), record.args))

    def tell(self, percent: int, stage: str) -> None:
        """Only what is new."""
        if percent > self.furthest:
            self.furthest = percent
            self.progress(percent, stage)


@contextmanager
def told(progress: Progress, expected_pages: int) -> Iterator[ProgressHandler]:
    """Within it, WeasyPrint's steps reach `progress`; its logger is left as it was."""
    handler = ProgressHandler(progress, Course(expected_pages))
    level, spreads = PROGRESS_LOGGER.level, PROGRESS_LOGGER.propagate
    PROGRESS_LOGGER.addHandler(handler)
    PROGRESS_LOGGER.setLevel(logging.INFO)
    PROGRESS_LOGGER.propagate = False
    try:
        yield handler
    finally:
        PROGRESS_LOGGER.removeHandler(handler)
        PROGRESS_LOGGER.setLevel(level)
        PROGRESS_LOGGER.propagate = spreads


def typeset(html: str, *, identifier: str, progress: Progress) -> bytes:
    """A tagged PDF/UA-1 file. The same HTML and identifier give the same bytes."""
    options = {"pdf_variant": "pdf/ua-1", "pdf_identifier": identifier.encode()}
    with told(progress, pages_expected(html)) as handler:
        document = HTML(string=html, url_fetcher=ClosedFetcher()).render(**options)
        for page in document.pages:
            page.paint = partial(_paint, page.paint, handler)
        pdf: bytes = document.write_pdf(finisher=partial(_finish, handler), **options)
    return pdf


def _paint(paint: Callable[..., None], handler: ProgressHandler, *arguments: object) -> None:
    """WeasyPrint draws all pages without a word."""
    paint(*arguments)
    handler.tell(*handler.course.draw())


def _finish(handler: ProgressHandler, document: object, pdf: Any) -> None:
    handler.tell(*handler.course.seal())
    tagging.complete(document, pdf)
