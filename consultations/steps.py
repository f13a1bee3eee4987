"""The steps of a consultation as a timeline for readers. Saves nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _


class Step(NamedTuple):
    """One step: what, when, a line about it, and whether it is done."""

    title: str
    at: datetime | None
    note: str
    is_done: bool


def steps(
    consultation: Any, forums: Iterable[Any], events: Iterable[Any], at: datetime | None = None
) -> list[Step]:
    """What has happened and what comes next, in the order of time; the undated comes last."""
    at = at or timezone.now()
    dated = [
        (_("The consultation opens"), consultation.opens_at, ""),
        *((_("Public forum"), forum.starts_at, _place(forum)) for forum in forums),
        *((_("The closing time was moved"), e.at, e.words) for e in events if e.verb == "extended"),
        *((_("The draft became public"), e.at, "") for e in events if e.verb == "draft_published"),
        *((_("The database was restored"), e.at, e.words) for e in events if e.verb == "restored"),
        (_("The consultation closes"), consultation.closes_at, ""),
    ]
    known = [Step(title, moment, note, moment <= at) for title, moment, note in dated]
    return [*sorted(known, key=lambda step: step.at or at), _report(consultation)]


def _place(forum: Any) -> str:
    return f"{forum.venue}. {forum.note}" if forum.note else str(forum.venue)


def _report(consultation: Any) -> Step:
    reported_at = consultation.reported_at
    note = "" if reported_at else _("The report follows once every aspiration has its answer.")
    return Step(_("The report becomes public"), reported_at, note, reported_at is not None)
