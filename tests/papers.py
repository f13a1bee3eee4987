"""Reading PDFs in tests."""

import io

import pikepdf
import pypdfium2
from django.core.files.storage import default_storage

from accounts.models import User
from consultations.models import ChapterText
from reports import freezing
from reports.kinds.consultation.manuscript import Manuscript, manuscript_of
from reports.models import Report


def words(pdf: bytes) -> str:
    """All words of the PDF in one line."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return " ".join(" ".join(pages).replace("\ufffe", "-").split())


def text_of(report: Report) -> str:
    """All words of a report's stored file in one line."""
    with default_storage.open(report.file) as file:
        return words(file.read())


def raw_of(report: Report) -> str:
    """Everything in the stored PDF that is not a page's drawing: metadata, bookmarks, tags."""
    with default_storage.open(report.file) as file, pikepdf.open(io.BytesIO(file.read())) as pdf:
        assert not pdf.attachments
        strings = [str(thing) for thing in pdf.objects if not isinstance(thing, pikepdf.Stream)]
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        return " ".join([*strings, metadata, str(pdf.docinfo)])


def manuscript_on(text: ChapterText, by: User, edition: str = "public") -> Manuscript:
    """What an edition would be made from at this moment."""
    reports = Report.objects.request(text.draft.consultation, by=by)
    report = next(report for report in reports if report.edition == edition)
    freezing.freeze(report.snapshot)
    return manuscript_of(report)


def ignore(_percent: int, _stage: str) -> None:
    """Nobody watches the progress."""
