"""Reads a finished PDF again: every aspiration once, our typefaces only, nothing attached."""

import io
from collections import Counter
from collections.abc import Iterator

import pikepdf
from django.utils.translation import gettext as _

from reports.errors import CannotCompile
from reports.formats.pdf import typeface


def verify(pdf: bytes, codes: list[str], *, anchor: str) -> int:
    """The number of pages of a file that holds every code once and nothing foreign.

    The place of a code is named `anchor` and the code. Raises CannotCompile with a sentence
    otherwise: a wrong file is never published.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _check_rows(document, codes, anchor)
        _check_fonts(document)
        if document.attachments or "/AcroForm" in document.Root:
            raise CannotCompile(_("The finished file held something foreign and was discarded."))
        return len(document.pages)


def _check_rows(document: pikepdf.Pdf, codes: list[str], anchor: str) -> None:
    """Each code has one place in the text and one bookmark."""
    places = Counter(name for name in named_places(document) if name.startswith(anchor))
    bookmarks = Counter(title.split(" ")[0] for title in bookmarks_of(document))
    marked = Counter({code: bookmarks[code] for code in codes})
    expected = Counter(codes)
    wanted = Counter(f"{anchor}{code}" for code in codes)
    if places != wanted or marked != expected or len(expected) < len(codes):
        raise CannotCompile(
            _("The finished file did not hold every aspiration exactly once and was discarded.")
        )


def _check_fonts(document: pikepdf.Pdf) -> None:
    foreign = fonts_of(document) - typeface.NAMES
    if foreign:
        raise CannotCompile(
            _("The finished file borrowed a typeface (%(names)s) and was discarded.")
            % {"names": ", ".join(sorted(foreign))}
        )


def named_places(document: pikepdf.Pdf) -> Iterator[str]:
    """Names of all destinations, repeated if one occurs twice."""
    names = document.Root.get("/Names", pikepdf.Dictionary()).get("/Dests")
    entries = names.get("/Names", pikepdf.Array()) if names is not None else pikepdf.Array()
    for position in range(0, len(entries), 2):
        yield str(entries[position])


def bookmarks_of(document: pikepdf.Pdf) -> Iterator[str]:
    """Titles of all bookmarks, at every depth."""
    with document.open_outline() as outline:
        waiting = list(outline.root)
    while waiting:
        item = waiting.pop()
        yield item.title
        waiting.extend(item.children)


def fonts_of(document: pikepdf.Pdf) -> set[str]:
    """Names of the fonts in use, without the tag of a subset (`ABCDEF+`)."""
    return {
        str(thing.BaseFont).lstrip("/").rsplit("+", 1)[-1]
        for thing in document.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"
        if "/BaseFont" in thing
    }
