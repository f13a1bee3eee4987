"""Days on which an office works: when a round opens and closes, and when its forum meets."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import NamedTuple

from django.utils import timezone

OPENS, CLOSES = time(8), time(16)  # office hours, WIB
FORUM_STARTS, FORUM_ENDS = time(8, 30), time(14)
GRACE_DAYS = 3
FIXED_HOLIDAYS = {(1, 1), (5, 1), (6, 1), (8, 17), (12, 25), (12, 26)}
# Idul Fitri with the days that offices take off together, and Nyepi where it joins on. From 2027
# on by the calendar's forecast; the government decides each year.
LONG_HOLIDAYS = (
    (date(2026, 3, 18), date(2026, 3, 24)),
    (date(2027, 3, 8), date(2027, 3, 12)),
    (date(2028, 2, 24), date(2028, 3, 1)),
    (date(2029, 2, 12), date(2029, 2, 19)),
    (date(2030, 2, 1), date(2030, 2, 7)),
)


class Window(NamedTuple):
    """When a round opens, closes, takes late entries until, and meets."""

    opens_at: datetime
    closes_at: datetime
    grace_until: datetime
    forum_starts_at: datetime
    forum_ends_at: datetime


def at_local(day: date, hour: time) -> datetime:
    """That hour of that day in WIB."""
    return datetime.combine(day, hour, tzinfo=timezone.get_default_timezone())


def is_workday(day: date) -> bool:
    """Neither weekend nor a holiday that offices keep."""
    if day.weekday() >= 5 or (day.month, day.day) in FIXED_HOLIDAYS:
        return False
    return not any(first <= day <= last for first, last in LONG_HOLIDAYS)


def before(day: date, count: int) -> date:
    """The working day that lies so many working days before."""
    for _each in range(count):
        day = _first_workday(_from(day, *range(-1, -15, -1)))
    return day


def office_time(start: datetime, end: datetime) -> timedelta:
    """How much of the time between the two an office is open."""
    spans = takewhile(lambda span: span[0] < end, _open_from(start))
    return sum((min(end, closes) - opens for opens, closes in spans), timedelta(0))


def moment_after(start: datetime, amount: timedelta) -> datetime:
    """When an office that begins at `start` has worked for that long."""
    for opens, closes in _open_from(start):
        if opens + amount <= closes:
            return opens + amount
        amount -= closes - opens
    raise ValueError("No office works that long.")


def _open_from(start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours in which an office is open from then on, day by day."""
    first = timezone.localtime(start).date()
    for day in _from(first, *range(120)):
        if is_workday(day) and start < at_local(day, CLOSES):
            yield max(start, at_local(day, OPENS)), at_local(day, CLOSES)


def window(opening: date, closing: date, forum: date) -> Window:
    """The round with its hours; late entries end on a working day too."""
    grace = _first_workday(closing + timedelta(days=GRACE_DAYS + ahead) for ahead in range(14))
    return Window(
        at_local(opening, OPENS),
        at_local(closing, CLOSES),
        at_local(grace, CLOSES),
        at_local(forum, FORUM_STARTS),
        at_local(forum, FORUM_ENDS),
    )


def window_around(today: date) -> Window:
    """A round in full swing: about nine days old, closing 5 to 14 days from now, its forum ahead.

    Between long holidays the forum may fall on the morning of the last day.
    """
    opening = _first_workday(_from(today, -9, -10, -11, -8, -12, -7, *range(-13, -25, -1)))
    closing = _first_workday(_from(today, 12, 13, 11, 14, 10, 9, 8, 7, 6, 5))
    left = (closing - today).days
    forum = _first_workday(
        _from(today, *(day for day in (6, 7, 5, 8, 4, 9, 3, 2, left) if day <= left))
    )
    return window(opening, closing, forum)


def _from(today: date, *days: int) -> Iterable[date]:
    return (today + timedelta(days=number) for number in days)


def _first_workday(days: Iterable[date]) -> date:
    return next(day for day in days if is_workday(day))
