"""Figures for pages and reports: bars and the tile map of the regencies. Saves nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DARKEST = 4
TILE, GAP = 56, 4
# Where each regency stands in the schematic map (column, row), from west to east and north to
# south, with the words that fit on its tile.
TILES: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "62.10": (3, 0, ("Gunung", "Mas")),
    "62.12": (4, 0, ("Murung", "Raya")),
    "62.05": (5, 0, ("Barito", "Utara")),
    "62.09": (0, 1, ("Lamandau",)),
    "62.07": (1, 1, ("Seruyan",)),
    "62.06": (2, 1, ("Katingan",)),
    "62.71": (3, 1, ("Palangka", "Raya")),
    "62.04": (4, 1, ("Barito", "Selatan")),
    "62.13": (5, 1, ("Barito", "Timur")),
    "62.08": (0, 2, ("Sukamara",)),
    "62.01": (1, 2, ("Kobar",)),
    "62.02": (2, 2, ("Kotim",)),
    "62.11": (3, 2, ("Pulang", "Pisau")),
    "62.03": (4, 2, ("Kapuas",)),
}


@dataclass(frozen=True)
class Bar:
    """One bar: `width` is a percentage of the longest, `share` of the whole (both 0-100)."""

    key: str
    label: str
    count: int
    width: int
    share: int
    url: str


@dataclass(frozen=True)
class Line:
    """A line of text on a tile, at `y`."""

    text: str
    y: int


@dataclass(frozen=True)
class Tile:
    """One regency in the map: `level` 0 (nothing) to 4 (most) is its shade."""

    code: str
    name: str
    count: int
    level: int
    x: int
    y: int
    lines: tuple[Line, ...]
    url: str


def _no_url(key: str) -> str:
    return ""


def bars(
    labels: Iterable[tuple[str, Any]],
    counts: Mapping[str, int],
    url: Callable[[str], str] = _no_url,
) -> list[Bar]:
    """One bar per label that has a count, the largest first."""
    present = [(key, str(label), counts[key]) for key, label in labels if counts.get(key)]
    longest = max((count for _key, _label, count in present), default=1)
    whole = sum(count for _key, _label, count in present)
    return [
        Bar(key, label, count, _percent(count, longest), _percent(count, whole), url(key))
        for key, label, count in sorted(present, key=lambda row: -row[2])
    ]


def tiles(
    names: Iterable[tuple[str, str]],
    counts: Mapping[str, int],
    url: Callable[[str], str] = _no_url,
) -> list[Tile]:
    """One tile per regency that has a place in the map, in the order given."""
    most = max(counts.values(), default=0)
    return [
        _tile(code, name, counts.get(code, 0), most, url(code))
        for code, name in names
        if code in TILES
    ]


def _tile(code: str, name: str, count: int, most: int, url: str) -> Tile:
    column, row, words = TILES[code]
    x, y = column * (TILE + GAP), row * (TILE + GAP)
    lines = tuple(Line(word, y + 15 + 11 * place) for place, word in enumerate(words))
    return Tile(code, name, count, level(count, most), x, y, lines, url)


def level(count: int, most: int) -> int:
    """The shade for a count: 0 for none, then four equal steps up to the largest."""
    return -(-DARKEST * count // most) if most else 0


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
