"""Figures for pages and papers: bars, the tile map of the regencies, charts and cross-tables.

Pure arithmetic; nothing is read or saved. Pages draw bars and tiles, papers charts and tables.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import Truncator

Row = dict[str, Any]
Key = Callable[[Row], Iterable[str]]
Url = Callable[[str], str]

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
BAR_PITCH, BAR_THICKNESS = 20, 13
WIDTH, NUMBER_SPACE, SIGN_WIDTH, LONGEST_LABEL = 620, 50, 6, 52


def share(part: int, whole: int) -> int:
    """A whole percentage; 0 of 0 is 0."""
    return round(100 * part / whole) if whole else 0


def _no_url(key: str) -> str:
    return ""


# Bars -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """How many there are of one thing, and how many of them are answered.

    `width` is a percentage of the longest bar, `share` of the whole (both 0-100).
    """

    key: str
    label: str
    count: int
    width: int
    share: int
    answered: int = 0
    url: str = ""


def bars(
    labels: Iterable[tuple[str, Any]], counts: Mapping[str, int], url: Url = _no_url
) -> list[Bar]:
    """One bar per label that has a count, the largest first."""
    present = [bar for bar in _bars(labels, counts, {}, url) if bar.count]
    return sorted(present, key=lambda bar: -bar.count)


def ranked(
    labels: Iterable[tuple[str, Any]], counts: Mapping[str, int], url: Url = _no_url
) -> list[Bar]:
    """One bar per label, the largest first, those of nothing at the end in the order of names."""
    return sorted(_bars(labels, counts, {}, url), key=lambda bar: (-bar.count, bar.label))


def _bars(
    labels: Iterable[tuple[Any, Any]],
    counts: Mapping[Any, int],
    answered: Mapping[Any, int],
    url: Url = _no_url,
) -> list[Bar]:
    """One bar per label in the order given."""
    named = [(key, str(label), counts.get(key, 0)) for key, label in labels]
    longest = max((count for _key, _label, count in named), default=0)
    whole = sum(count for _key, _label, count in named)
    return [
        Bar(
            key,
            label,
            count,
            share(count, longest),
            share(count, whole),
            answered.get(key, 0),
            url(key),
        )
        for key, label, count in named
    ]


# Tiles ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TileWord:
    """A word on a tile, at `y`."""

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
    words: tuple[TileWord, ...]
    url: str


def tiles(
    names: Iterable[tuple[str, str]], counts: Mapping[str, int], url: Url = _no_url
) -> list[Tile]:
    """One tile per regency that has a place in the map, in the order given."""
    most = max(counts.values(), default=0)
    return [
        _tile(code, name, counts.get(code, 0), most, url(code))
        for code, name in names
        if code in TILES
    ]


def _tile(code: str, name: str, count: int, most: int, url: str) -> Tile:
    column, row, spelled = TILES[code]
    x, y = column * (TILE + GAP), row * (TILE + GAP)
    words = tuple(TileWord(word, y + 15 + 11 * place) for place, word in enumerate(spelled))
    return Tile(code, name, count, level(count, most), x, y, words, url)


def level(count: int, most: int) -> int:
    """The shade for a count: 0 for none, then four equal steps up to the largest."""
    return -(-DARKEST * count // most) if most else 0


# Charts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlacedBar:
    """A bar with its place in a drawing, in the drawing's units."""

    bar: Bar
    y: int
    length: str
    answered_length: str
    number_x: str

    @property
    def baseline(self) -> int:
        return self.y + BAR_THICKNESS - 2


@dataclass(frozen=True)
class Chart:
    """Horizontal bars under the sentence that says what they show."""

    name: str
    finding: str
    bars: list[Bar]
    splits_answered: bool = True
    width: int = WIDTH

    @property
    def height(self) -> int:
        return max(1, len(self.bars)) * BAR_PITCH

    @property
    def left(self) -> int:
        """Where the bars begin: after the longest label."""
        return SIGN_WIDTH * max((len(bar.label) for bar in self.bars), default=0) + 12

    @property
    def label_edge(self) -> int:
        return self.left - 8

    @property
    def has_waiting(self) -> bool:
        """Whether a bar needs the explanation of its hatched part."""
        return self.splits_answered and any(bar.answered < bar.count for bar in self.bars)

    @property
    def placed(self) -> list[PlacedBar]:
        """The bars, one under the other."""
        left = self.left
        unit = (WIDTH - left - NUMBER_SPACE) / (max((b.count for b in self.bars), default=0) or 1)
        return [
            PlacedBar(
                bar=bar,
                y=place * BAR_PITCH + (BAR_PITCH - BAR_THICKNESS) // 2,
                length=f"{bar.count * unit:.1f}",
                answered_length=f"{bar.answered * unit:.1f}",
                number_x=f"{left + bar.count * unit + 6:.1f}",
            )
            for place, bar in enumerate(self.bars)
        ]


def chart(
    name: str,
    finding: str,
    rows: Sequence[Row],
    key: str,
    labels: Iterable[tuple[Any, str]],
    *,
    splits_answered: bool = True,
) -> Chart:
    """One bar per label in the order given, zeros included."""
    counts = Counter(row[key] for row in rows)
    answered = Counter(row[key] for row in rows if is_answered(row))
    named = [(value, Truncator(label).chars(LONGEST_LABEL)) for value, label in labels]
    return Chart(name, finding, _bars(named, counts, answered), splits_answered)


# Rows of a report -------------------------------------------------------------------------


def is_answered(row: Row) -> bool:
    return bool(row["disposition"] != "pending")


def tags_of(row: Row, facet: str) -> list[str]:
    """The slugs of a row's tags in one facet; one empty string if it has none."""
    return [tag["slug"] for tag in row["tags"] if tag["facet"] == facet] or [""]


def labels_found(rows: Iterable[Row], key: str, label: str, unknown: str) -> list[tuple[str, str]]:
    """The values that occur, sorted by value, with their labels; the empty value comes last."""
    found = {row[key]: row[label] for row in rows if row[key]}
    named = sorted(found.items())
    return [*named, ("", unknown)] if any(not row[key] for row in rows) else named


# Cross-tables -----------------------------------------------------------------------------


@dataclass(frozen=True)
class TableLine:
    """One line of a cross-table: its label, a count per column, and the sum."""

    label: str
    counts: list[int]
    total: int


@dataclass(frozen=True)
class CrossTable:
    """Counts of rows by one property against the decision about them."""

    name: str
    caption: str
    head: str
    columns: list[str]
    lines: list[TableLine]
    sums: TableLine
    note: str = ""


def cross_table(
    name: str,
    caption: str,
    head: str,
    rows: Sequence[Row],
    key: Key,
    labels: Iterable[tuple[str, str]],
    columns: Iterable[tuple[str, str]],
    *,
    note: str = "",
) -> CrossTable:
    """Rows by `key` (which may give several values) against their disposition.

    The sums count every row once, so with several values per row they can be smaller than
    the columns above them; `note` says so.
    """
    columns = list(columns)
    cells = Counter((value, row["disposition"]) for row in rows for value in key(row))
    decided = Counter(row["disposition"] for row in rows)
    lines = []
    for value, label in labels:
        counts = [cells[value, disposition] for disposition, _label in columns]
        lines.append(TableLine(label, counts, sum(counts)))
    sums = TableLine("", [decided[disposition] for disposition, _label in columns], len(rows))
    return CrossTable(name, caption, head, [label for _v, label in columns], lines, sums, note)
