"""Pages of a long list, by the place where each ends: the last costs what the first one does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.formats import number_format
from django.utils.translation import gettext as _

AFTER, BEFORE = "sesudah", "sebelum"
MOST_COUNTED = 1000
Place = tuple[datetime, int]


class _Row(Func):
    """Values that are compared as one, which is what an index over them can do."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # of no meaning: what is compared are the values


@dataclass(frozen=True)
class Page:
    """Some rows in their order, and the places from which the pages beside them go on."""

    rows: list[Any] = field(default_factory=list)
    before: str = ""
    after: str = ""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def days(self) -> list[datetime]:
        """The moments of its first and its last row."""
        return [self.rows[0].submitted_at, self.rows[-1].submitted_at] if self.rows else []


@dataclass(frozen=True)
class Size:
    """How many there are, as far as it was counted."""

    count: int
    is_all: bool = True

    @classmethod
    def of(cls, counted: int) -> "Size":
        """Of so many that were found when at most one more than a thousand was looked for."""
        return cls(min(counted, MOST_COUNTED), counted <= MOST_COUNTED)

    def __str__(self) -> str:
        count = number_format(self.count, force_grouping=True)
        return count if self.is_all else _("more than %(count)s") % {"count": count}


def size_of(rows: QuerySet[Any]) -> Size:
    """Counted up to a thousand."""
    return Size.of(rows.order_by()[: MOST_COUNTED + 1].count())


def keys_of(rows: QuerySet[Any]) -> list[int]:
    """The keys of all, or of one more than a thousand.

    Planned as if all were wanted, so that what is rare is looked up in its index: with a limit
    PostgreSQL rather goes through a million rows in the hope to meet some soon.
    """
    try:
        question, given = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({question}) SELECT * FROM found LIMIT {MOST_COUNTED + 1}",  # noqa: S608
            given,
        )
        return [pk for (pk,) in cursor.fetchall()]


def page_of(
    rows: QuerySet[Any], query: Mapping[str, str], size: int, *, oldest_first: bool = False
) -> Page:
    """The page that the address asks for; the first one if it names no place of ours."""
    if place := _read(query.get(AFTER, "")):
        found = list(_beyond(rows, place, later=oldest_first)[: size + 1])
        if found:
            return _page(found[:size], has_before=True, has_after=len(found) > size)
    elif place := _read(query.get(BEFORE, "")):
        found = list(_beyond(rows, place, later=not oldest_first)[: size + 1])
        if len(found) > size:
            return _page(found[size - 1 :: -1], has_before=True, has_after=True)
    found = list(in_order(rows, oldest_first=oldest_first)[: size + 1])
    return _page(found[:size], has_before=False, has_after=len(found) > size)


def in_order(rows: QuerySet[Any], *, oldest_first: bool = False) -> QuerySet[Any]:
    return rows.order_by(*(("submitted_at", "pk") if oldest_first else ("-submitted_at", "-pk")))


def neighbours(
    rows: QuerySet[Any], row: Any, *, oldest_first: bool
) -> tuple[str | None, str | None]:
    """The codes before and after a row, whether or not it is among them."""
    sides = (_beyond(rows, (row.submitted_at, row.pk), later=later) for later in (False, True))
    earlier, later = (side.values_list("code", flat=True).first() for side in sides)
    return (earlier, later) if oldest_first else (later, earlier)


def _beyond(rows: QuerySet[Any], place: Place, *, later: bool) -> QuerySet[Any]:
    """What came in later (or earlier) than that, the nearest first."""
    at, pk = place
    here = _Row(Value(at, output_field=DateTimeField()), Value(pk))
    there = _Row(F("submitted_at"), F("pk"))
    beyond = GreaterThan(there, here) if later else LessThan(there, here)
    return in_order(rows.filter(Q(beyond)), oldest_first=later)


def _page(rows: list[Any], *, has_before: bool, has_after: bool) -> Page:
    return Page(
        rows,
        _write(rows[0]) if has_before else "",
        _write(rows[-1]) if has_after else "",
    )


def _write(row: Any) -> str:
    """`20261129T081503.123456~17`: readable, and nothing in it must be escaped."""
    return f"{row.submitted_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}~{row.pk}"


def _read(place: str) -> Place | None:
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}~[0-9]{1,18}", place, re.ASCII):
        return None
    at, pk = place.split("~")
    try:
        moment = datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment, int(pk)
