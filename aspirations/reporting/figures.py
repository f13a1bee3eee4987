"""What the rows of a report say in numbers: counts, bars and cross-tables. Pure arithmetic."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import Truncator

Row = dict[str, Any]
Key = Callable[[Row], Iterable[str]]

BAR_PITCH, BAR_THICKNESS = 20, 13
WIDTH, NUMBER_SPACE, SIGN_WIDTH, LONGEST_LABEL = 620, 50, 6, 52


@dataclass(frozen=True)
class Bar:
    """One bar: its label, how many, how many of them answered, and where it is drawn."""

    label: str
    total: int
    answered: int
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
    left: int
    splits_answered: bool = True
    width: int = WIDTH

    @property
    def height(self) -> int:
        return max(1, len(self.bars)) * BAR_PITCH

    @property
    def has_waiting(self) -> bool:
        """Whether a bar needs the explanation of its hatched part."""
        return self.splits_answered and any(bar.answered < bar.total for bar in self.bars)

    @property
    def label_edge(self) -> int:
        return self.left - 8


@dataclass(frozen=True)
class Line:
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
    lines: list[Line]
    sums: Line
    note: str = ""


def is_answered(row: Row) -> bool:
    return bool(row["disposition"] != "pending")


def share(part: int, whole: int) -> int:
    """A whole percentage; 0 of 0 is 0."""
    return round(100 * part / whole) if whole else 0


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
    totals = Counter(row[key] for row in rows)
    answered = Counter(row[key] for row in rows if is_answered(row))
    named = [(value, Truncator(label).chars(LONGEST_LABEL)) for value, label in labels]
    left = SIGN_WIDTH * max((len(label) for _value, label in named), default=0) + 12
    unit = (WIDTH - left - NUMBER_SPACE) / (max(totals.values(), default=0) or 1)
    bars = [
        _bar(place, label, totals[value], answered[value], left, unit)
        for place, (value, label) in enumerate(named)
    ]
    return Chart(name, finding, bars, left, splits_answered)


def _bar(place: int, label: str, total: int, answered: int, left: int, unit: float) -> Bar:
    return Bar(
        label=label,
        total=total,
        answered=answered,
        y=place * BAR_PITCH + (BAR_PITCH - BAR_THICKNESS) // 2,
        length=f"{total * unit:.1f}",
        answered_length=f"{answered * unit:.1f}",
        number_x=f"{left + total * unit + 6:.1f}",
    )


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
        lines.append(Line(label, counts, sum(counts)))
    sums = Line("", [decided[disposition] for disposition, _label in columns], len(rows))
    return CrossTable(name, caption, head, [label for _v, label in columns], lines, sums, note)


def labels_found(rows: Iterable[Row], key: str, label: str, unknown: str) -> list[tuple[str, str]]:
    """The values that occur, sorted by value, with their labels; the empty value comes last."""
    found = {row[key]: row[label] for row in rows if row[key]}
    named = sorted(found.items())
    return [*named, ("", unknown)] if any(not row[key] for row in rows) else named


def tags_of(row: Row, facet: str) -> list[str]:
    """The slugs of a row's tags in one facet; one empty string if it has none."""
    return [tag["slug"] for tag in row["tags"] if tag["facet"] == facet] or [""]
