"""The demonstration's rounds: their dates, their consultations and their text."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from consultations.models import Consultation, ForumSession, PlanCycle, Priority
from rkpd_portal.demonstration import workdays
from rkpd_portal.demonstration.cycles import CYCLES, INTRODUCTION, PRIORITIES
from rkpd_portal.demonstration.people import account
from rkpd_portal.demonstration.workdays import (
    CLOSES,
    OPENS,
    Window,
    at_local,
    window,
    window_around,
)

FOLDER = Path(__file__).parent
TITLE = re.compile(r"\s*<h1>(.*?)</h1>", re.DOTALL)
PRESENT = 2028
PLANNED = 10  # working days before the opening; then a chapter is written each day
WRITTEN = time(14, 20)


@dataclass(frozen=True)
class Round:
    """One year's window, and until when its aspirations were answered."""

    year: int
    window: Window
    answered_by: datetime
    venue: str


@dataclass(frozen=True)
class PastRound(Round):
    """A round that is over, with the moments of its report."""

    report_at: datetime
    released_at: datetime


def _past(year: int, venue: str, *days: date) -> PastRound:
    """Opening, forum, closing, end of grace, last answer, report, release: all working days."""
    opening, forum, closing, grace, answered, report, release = days
    return PastRound(
        year=year,
        window=window(opening, closing, forum)._replace(grace_until=at_local(grace, CLOSES)),
        answered_by=at_local(answered, CLOSES),
        venue=venue,
        report_at=at_local(report, time(9, 12)),
        released_at=at_local(release, time(10, 5)),
    )


# The forums of 2023, 2025 and 2026 are on the days on which the province held them. Each round ends
# before the provincial Musrenbang (latest in the second week of April, Permendagri 86/2017).
PAST = (
    _past(
        2024,
        "Aula Bappedalitbang, Palangka Raya",
        *(date(2023, 2, 20), date(2023, 3, 7), date(2023, 3, 10), date(2023, 3, 13)),
        *(date(2023, 3, 21), date(2023, 3, 24), date(2023, 3, 27)),
    ),
    _past(
        2025,
        "Aula Bappedalitbang, Palangka Raya",
        *(date(2024, 2, 19), date(2024, 3, 5), date(2024, 3, 8), date(2024, 3, 13)),
        *(date(2024, 3, 21), date(2024, 3, 22), date(2024, 3, 25)),
    ),
    _past(
        2026,
        "Aula Bapperida, Palangka Raya",
        *(date(2025, 1, 20), date(2025, 2, 6), date(2025, 2, 14), date(2025, 2, 19)),
        *(date(2025, 2, 27), date(2025, 3, 3), date(2025, 3, 5)),
    ),
    _past(
        2027,
        "Aula Bapperida, Palangka Raya, dan daring",
        *(date(2026, 1, 19), date(2026, 2, 2), date(2026, 2, 6), date(2026, 2, 11)),
        *(date(2026, 2, 20), date(2026, 2, 23), date(2026, 2, 25)),
    ),
)


def present(now: datetime) -> Round:
    """The round on RKPD 2028, in full swing whenever the demonstration is loaded."""
    venue = "Aula Bapperida, Palangka Raya, dan daring"
    return Round(PRESENT, window_around(now.date()), now, venue)


def create(round_: Round) -> Consultation:
    """The cycle with its priorities, the forum, and a draft published when the window opens."""
    lead = account("perencana.utama")
    year, dates = round_.year, round_.window
    cycle = PlanCycle.objects.create(year=year, **CYCLES[year])
    Priority.objects.replace(PRIORITIES[year], cycle=cycle)
    consultation = Consultation.objects.plan(
        by=lead,
        cycle=cycle,
        stage=Consultation.Stage.INITIAL,
        opens_at=dates.opens_at,
        closes_at=dates.closes_at,
        grace_until=dates.grace_until,
        introduction=INTRODUCTION[year],
        at=workdays.at_local(workdays.before(dates.opens_at.date(), PLANNED), OPENS),
    )
    ForumSession.objects.create(
        consultation=consultation,
        starts_at=dates.forum_starts_at,
        ends_at=dates.forum_ends_at,
        venue=round_.venue,
    )
    _write(consultation)
    consultation.drafts.get().publish(by=lead, at=dates.opens_at)
    return consultation


def _write(consultation: Consultation) -> None:
    planner = account("perencana")
    for text in consultation.drafts.get().texts.select_related("chapter"):
        html = (
            FOLDER / str(consultation.cycle.year) / f"bab-{text.chapter.number}.html"
        ).read_text(encoding="utf-8")
        title = TITLE.match(html)
        day = workdays.before(consultation.opens_at.date(), 9 - text.chapter.number)
        written = workdays.at_local(day, WRITTEN)
        text.rename(title.group(1) if title else text.title, by=planner, at=written)
        text.add_blocks(TITLE.sub("", html, count=1), by=planner, at=written)
