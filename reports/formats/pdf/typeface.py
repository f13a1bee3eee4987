"""The two typefaces of a report, and which signs of a text they can print."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import font_source_sans_pro  # type: ignore[import-untyped]
import font_source_serif_pro  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FILES = {
    path.name: path
    for package, styles in (
        (font_source_sans_pro, ("Regular", "It", "Semibold", "Bold")),
        (font_source_serif_pro, ("Regular", "Semibold")),
    )
    for path in sorted(Path(package.font_directory).glob("*.ttf"))
    if path.stem.split("-")[1] in styles
}
# Italics cover less; they are used for fixed words only, never for what people wrote.
UPRIGHT = tuple(path for name, path in FILES.items() if not name.endswith("-It.ttf"))
# What the faces are called inside a PDF, after their names in report.css.
NAMES = frozenset(
    f"Report-{face}"
    for face in ("Sans", "Sans-Italic", "Sans-Semi-Bold", "Sans-Bold", "Serif", "Serif-Semi-Bold")
)
LAYOUT_SIGNS = frozenset("\n\t\r")
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


@lru_cache(maxsize=1)
def printable_signs() -> frozenset[str]:
    """The signs that every upright face has. Any other would be borrowed from the machine."""
    covers = [{chr(code) for code in TTFont(path).getBestCmap()} for path in UPRIGHT]
    return frozenset(set.intersection(*covers)) | LAYOUT_SIGNS


def printable(text: str) -> str:
    """The text with every sign that the typefaces lack written as its number, `[U+1F44D]`.

    A plainer form of the same sign is taken if there is one (a styled letter, a special
    hyphen). A run of unknown signs shares one bracket. Signs without a shape of their own
    (joiners, direction marks, control signs) are left out.
    """
    text = unicodedata.normalize("NFC", text)
    known = printable_signs()
    if known.issuperset(text):
        return text
    return "".join(_pieces(text, known))


def _pieces(text: str, known: frozenset[str]) -> Iterator[str]:
    codes: list[str] = []
    for sign in text:
        plain = _plainer(sign, known)
        if plain:
            if codes:
                yield f"[{' '.join(codes)}]"
                codes = []
            yield plain
        elif not _is_invisible(sign):
            codes.append(f"U+{ord(sign):04X}")
    if codes:
        yield f"[{' '.join(codes)}]"


def _plainer(sign: str, known: frozenset[str]) -> str:
    """The sign itself, or a printable form of it, or nothing."""
    if sign in known:
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    if unicodedata.category(plain[0]) in ("Pd", "Zs"):
        return "-" if unicodedata.category(plain[0]) == "Pd" else " "
    return plain if known.issuperset(plain) else ""


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in INVISIBLE or sign in VARIATION_SELECTORS
