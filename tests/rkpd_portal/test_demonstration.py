"""The demonstration tells nothing that a planner of the province would not believe."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from aspirations.models import Aspiration, Disposition, Event, Moderation, Response
from consultations.checking import dangling
from consultations.models import BlockText, ChapterText, Consultation, Seal
from reports import checking
from reports.models import Report
from rkpd_portal import front
from rkpd_portal.demonstration import loading, plan, reports, tasks
from rkpd_portal.demonstration.workdays import is_workday, window_around

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAST = [2024, 2025, 2026, 2027]
PRESENT = 2028
OFFICE_HOURS = range(7, 17)
LIKENESS = 0.4  # shared words over all words; above it two texts are copies of each other


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """The demonstration as loaded on a Sunday morning, once for all tests here."""
    sunday = timezone.localtime().replace(hour=9)
    sunday -= timedelta(days=(sunday.weekday() + 1) % 7)
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load(sunday, tell=lambda line: None)
        yield sunday
        transaction.set_rollback(True)


@pytest.fixture
def rounds(loaded: datetime) -> dict[int, Consultation]:
    return {each.cycle.year: each for each in Consultation.objects.select_related("cycle")}


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def assert_in_office_hours(moment: datetime) -> None:
    local = timezone.localtime(moment)
    assert local.weekday() < 5, f"{local:%A %d %B %Y}"
    assert local.hour in OFFICE_HOURS, f"{local:%H.%M}"


# Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first", [date(2026, 11, 23), date(2026, 3, 2), date(2027, 2, 22), date(2028, 12, 11)]
)
def test_open_round_fits_any_day_of_loading(first: date) -> None:
    # Forty days from each: every weekday, Idul Fitri, Christmas and New Year.
    for today in (first + timedelta(days=number) for number in range(40)):
        window = window_around(today)

        for moment in window:
            assert_in_office_hours(moment)
            assert is_workday(moment.date())
        assert 5 <= (window.closes_at.date() - today).days <= 14
        assert window.opens_at.date() <= today - timedelta(days=7)
        assert window.opens_at < window.forum_starts_at < window.forum_ends_at < window.closes_at
        assert window.closes_at < window.grace_until


def test_idul_fitri_is_no_workday() -> None:
    assert not is_workday(date(2027, 3, 10))
    assert is_workday(date(2027, 3, 16))


def test_every_round_opens_meets_and_closes_in_office_hours(
    rounds: dict[int, Consultation], loaded: datetime
) -> None:
    assert sorted(rounds) == [*PAST, PRESENT]
    for round_ in rounds.values():
        forum = round_.forums.get()
        for moment in (round_.opens_at, round_.closes_at, round_.grace_until, forum.starts_at):
            assert moment
            assert_in_office_hours(moment)
        assert round_.opens_at < forum.starts_at < round_.closes_at
    assert rounds[PRESENT].is_open(loaded)


def test_past_rounds_stand_in_the_months_of_the_law(rounds: dict[int, Consultation]) -> None:
    # Rancangan awal: after December two years before, before the Musrenbang in April.
    for year in PAST:
        assert rounds[year].opens_at.year == year - 1
        assert rounds[year].opens_at.month in (1, 2)
        assert (rounds[year].closes_at.year, rounds[year].closes_at.month) < (year - 1, 4)


def test_nothing_is_said_or_answered_before_its_time(
    rounds: dict[int, Consultation], loaded: datetime
) -> None:
    events = Event.objects.filter(consultation=rounds[PRESENT])
    answered = {each.year: each.answered_by for each in plan.PAST}

    assert events.latest("at").at <= loaded
    for year in PAST:
        last = Event.objects.filter(consultation=rounds[year]).latest("at").at
        assert rounds[year].closes_at < last <= answered[year]

    forum_voices = Aspiration.objects.filter(channel="forum").select_related("consultation")
    for voice in forum_voices:
        forum = voice.consultation.forums.get()
        assert forum.ends_at
        assert forum.starts_at <= voice.submitted_at <= forum.ends_at


def test_the_desk_works_in_office_hours(rounds: dict[int, Consultation]) -> None:
    authors = ("submitted", "completed", "withdrawn")
    moments = list(Event.objects.exclude(verb__in=authors).values_list("at", flat=True))
    for round_ in rounds.values():
        moments += round_.events.values_list("at", flat=True)

    assert len(moments) > 1000
    for moment in moments:
        assert_in_office_hours(moment)


def test_nobody_writes_in_the_small_hours(loaded: datetime) -> None:
    moments = Aspiration.objects.values_list("channel", "submitted_at")

    for channel, moment in moments:
        if channel == "web":
            assert timezone.localtime(moment).hour >= 5
        else:
            assert_in_office_hours(moment)


# The organiser and the plan years -----------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "name", "other"),
    [
        (2024, "Bappedalitbang", "Bapperida"),
        (2025, "Bappedalitbang", "Bapperida"),
        (2026, "Bapperida", "Bappedalitbang"),
        (2027, "Bapperida", "Bappedalitbang"),
        (2028, "Bapperida", "Bappedalitbang"),
    ],
)
def test_organiser_bears_the_name_of_its_time(
    rounds: dict[int, Consultation], year: int, name: str, other: str
) -> None:
    round_ = rounds[year]
    texts = [
        block.plain for block in BlockText.objects.filter(chapter_text__draft__consultation=round_)
    ]
    texts += [
        block
        for a in round_.aspirations.select_related("author")
        for block in (a.body, a.author.organisation)
    ]
    texts += Response.objects.filter(aspiration__consultation=round_).values_list(
        "reason", flat=True
    )
    said = [text.replace("nama baru Bappedalitbang", "") for text in texts]

    assert round_.cycle.organiser_short == name
    assert name in round_.cycle.signatory_position
    assert name in round_.forums.get().venue
    assert any(name in text for text in said)
    assert not [text for text in said if other in text]


def test_plan_years_name_the_rpjmd_of_their_time(rounds: dict[int, Consultation]) -> None:
    periods = {year: (c.cycle.rpjmd_start, c.cycle.rpjmd_end) for year, c in rounds.items()}

    assert periods[2024] == periods[2025] == (2021, 2026)
    assert periods[2026] == periods[2027] == periods[2028] == (2025, 2029)
    for round_ in rounds.values():
        assert round_.cycle.is_example
        assert round_.cycle.priorities.count() >= 5
        themes = round_.cycle.theme, round_.introduction
        assert all(themes)
    assert len({round_.cycle.theme for round_ in rounds.values()}) == 5


def test_every_chapter_has_paragraphs_and_every_round_tables(
    rounds: dict[int, Consultation],
) -> None:
    for round_ in rounds.values():
        texts = ChapterText.objects.filter(draft__consultation=round_)
        kinds = [Counter(text.blocks.values_list("kind", flat=True)) for text in texts]

        assert len(kinds) == 8
        assert all(kind["paragraph"] >= 2 for kind in kinds)
        assert sum(kind["table"] for kind in kinds) >= 6


# What people said ---------------------------------------------------------------------------


def test_quotes_and_changed_sentences_stand_in_their_block(loaded: datetime) -> None:
    quoting = Aspiration.objects.exclude(quote="").with_current_response()
    plain = {block.block_id: block.plain for block in BlockText.objects.all()}

    assert quoting.count() > 100
    for aspiration in quoting:
        assert aspiration.block_id
        text = plain[aspiration.block_id]
        assert aspiration.quote in text
        if aspiration.response and aspiration.response.text_before:
            assert aspiration.response.text_before in text, aspiration.response.text_before


def test_changed_sentences_are_sentences(loaded: datetime) -> None:
    changes = Response.objects.exclude(text_before="")

    assert changes.count() > 90
    for change in changes:
        assert change.text_after not in ("", change.text_before)
        if change.text_before.endswith("."):
            assert change.text_after.endswith("."), change.text_after
        assert not re.search(r"\s\s|\s[.,;]|\.\.", change.text_after)
        # A change keeps the place it speaks of: some words survive.
        assert words_of(change.text_before) & words_of(change.text_after)


def test_no_two_aspirations_are_copies(loaded: datetime) -> None:
    said = [(str(a), words_of(a.body)) for a in Aspiration.objects.only("code", "body")]

    assert len(said) > 350
    for (code, mine), (other, theirs) in combinations(said, 2):
        likeness = len(mine & theirs) / len(mine | theirs)
        assert likeness < LIKENESS, f"{code} and {other}: {likeness:.2f}"


def test_no_one_speaks_twice_in_a_round(rounds: dict[int, Consultation]) -> None:
    for round_ in rounds.values():
        names = Counter(round_.aspirations.values_list("author__display_name", flat=True))
        assert [name for name, count in names.items() if count > 1] == []


def test_voices_are_as_real_ones(loaded: datetime) -> None:
    bodies = list(Aspiration.objects.values_list("body", flat=True))
    regional = re.compile(r"\b(tabe|kada|saminggu|ai|kelotok|kedamangan|sandung|menugal)\b", re.I)

    assert sum(len(body) < 80 for body in bodies) >= 5  # short
    assert sum(body[0].islower() for body in bodies) >= 2  # typed in haste
    assert sum(bool(regional.search(body)) for body in bodies) >= 10
    assert max(map(len, bodies)) <= 2000


def test_regions_groups_and_kinds_are_balanced(rounds: dict[int, Consultation]) -> None:
    for round_ in rounds.values():
        voices = round_.aspirations
        total = voices.count()
        groups = voices.all().count_by("stakeholder_group")
        kinds = voices.all().count_by("kind")

        assert voices.values("regency").distinct().count() >= 10
        assert len(groups) >= 7
        assert max(groups.values()) <= total / 2
        assert set(kinds) == {"comment", "proposal", "question"}
        assert voices.values("chapter").distinct().count() == 8


def test_every_state_and_decision_occurs_in_the_open_round(
    rounds: dict[int, Consultation],
) -> None:
    voices = rounds[PRESENT].aspirations.all()
    states = voices.count_by("moderation")

    assert set(states) == set(Moderation)
    assert set(voices.count_by("disposition")) == set(Disposition)
    assert voices.filter(disposition="pending").count() > voices.count() / 2


@pytest.mark.parametrize("year", PAST)
def test_past_rounds_are_answered(rounds: dict[int, Consultation], year: int) -> None:
    voices = rounds[year].aspirations.all()
    undecided = Q(moderation__in=["submitted", "in_review", "returned"])
    unanswered = Q(moderation="accepted", disposition="pending")

    assert voices.count() >= 10
    assert not voices.filter(undecided | unanswered).exists()
    assert set(voices.filter(moderation="accepted").count_by("disposition")) == set(Disposition) - {
        "pending"
    }


# What becomes of it -------------------------------------------------------------------------


def test_report_of_a_past_round_is_dated_in_its_own_time(
    rounds: dict[int, Consultation],
) -> None:
    past = next(each for each in plan.PAST if each.year == 2026)

    tasks.report_on_past_round(rounds[2026].pk)

    made = Report.objects.of(rounds[2026])
    moments = [past.answered_by, past.report_at, past.report_at + reports.READY_AFTER]
    assert made.count() == 2
    for report in made:
        assert report.state == Report.State.READY
        assert [report.requested_at, report.snapshot.taken_at, report.ready_at] == [
            moments[1],
            moments[2],
            moments[2],
        ]
    released = made.released().get()
    reported = rounds[2026].events.get(verb="reported")
    rounds[2026].refresh_from_db()
    assert released.released_at == reported.at == rounds[2026].reported_at == past.released_at
    assert past.answered_by < past.report_at < past.released_at
    for moment in (*moments, past.released_at):
        assert_in_office_hours(moment)


def test_report_is_made_once(rounds: dict[int, Consultation]) -> None:
    assert reports.make(rounds[2026]) == ""
    waiting = [consultation.cycle.year for consultation in reports.missing()]

    tasks.report_on_past_round(rounds[2026].pk)

    assert waiting == [2027, 2025, 2024]
    assert [reports.can_wait(rounds[year]) for year in PAST] == [True, True, False, False]
    assert Report.objects.of(rounds[2026]).count() == 2


def test_home_examples_are_short_and_come_from_different_people(
    rounds: dict[int, Consultation],
) -> None:
    examples = front.examples([rounds[year] for year in PAST])

    assert len(examples) == 3
    assert examples[0].stakeholder_group == "resident"
    assert not {example.stakeholder_group for example in examples} & front.INSTITUTIONS
    for of in ("chapter_id", "regency_id", "stakeholder_group"):
        assert len({getattr(example, of) for example in examples}) == 3
    for example in examples:
        assert example.response
        assert len(example.response.text_before) < 100
        assert len(example.response.text_after) < 100


def test_record_of_all_rounds_holds(rounds: dict[int, Consultation]) -> None:
    for consultation in rounds.values():
        Seal.objects.seal(consultation.pk)

    assert list(dangling()) == []
    for consultation in rounds.values():
        assert list(checking.findings(consultation, None)) == []
