"""The window of a consultation: rows and their twins agree, extensions keep their reason."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils.translation import override

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations.models import Chapter, Consultation
from consultations.models.consultation import DEFAULT_CHAPTERS
from tests import factories

WIB = timezone(timedelta(hours=7))
OPENS = datetime(2027, 2, 1, 8, 0, tzinfo=WIB)
CLOSES = datetime(2027, 2, 15, 16, 0, tzinfo=WIB)
GRACE = datetime(2027, 2, 18, 16, 0, tzinfo=WIB)
TICK = timedelta(microseconds=1)
INSTANTS = [
    moment + step
    for moment in (OPENS, CLOSES, GRACE, CLOSES + timedelta(days=7))
    for step in (-timedelta(days=1), -TICK, timedelta(0), TICK)
]
Phase = Consultation.Phase


@pytest.fixture
def planned(lead_planner: User) -> Consultation:
    return factories.make_consultation(
        lead_planner, opens_at=OPENS, closes_at=CLOSES, grace_until=GRACE
    )


def assert_twins_agree(consultation: Consultation) -> None:
    """The filters find this consultation at an instant exactly when it says so itself."""
    rows = Consultation.objects.filter(pk=consultation.pk)
    for at in INSTANTS:
        assert rows.open(at).exists() == consultation.is_open(at), at
        assert rows.over(at).exists() == consultation.is_over(at), at
        assert consultation.is_open(at) <= consultation.accepts_late_entries(at), at


def test_filters_and_questions_agree_at_every_instant(planned: Consultation) -> None:
    assert_twins_agree(planned)


def test_filters_and_questions_agree_after_an_extension(
    planned: Consultation, lead_planner: User
) -> None:
    planned.extend(closes_at=GRACE + timedelta(days=2), reason="Banjir", by=lead_planner, at=OPENS)

    assert_twins_agree(planned)
    assert planned.is_open(GRACE)
    assert not planned.is_open(GRACE + timedelta(days=2))


def test_filters_and_questions_agree_without_grace(lead_planner: User) -> None:
    consultation = factories.make_consultation(lead_planner, opens_at=OPENS, closes_at=CLOSES)

    assert_twins_agree(consultation)
    assert consultation.phase(CLOSES) == Phase.CLOSED


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (OPENS - TICK, Phase.PREPARING),
        (OPENS, Phase.OPEN),
        (CLOSES - TICK, Phase.OPEN),
        (CLOSES, Phase.GRACE),
        (GRACE - TICK, Phase.GRACE),
        (GRACE, Phase.CLOSED),
    ],
)
def test_phase_changes_at_the_very_instant(
    planned: Consultation, at: datetime, phase: Phase
) -> None:
    assert planned.phase(at) == phase


def test_late_entries_end_with_the_grace_period(planned: Consultation) -> None:
    assert planned.accepts_late_entries(GRACE - TICK)
    assert not planned.accepts_late_entries(GRACE)
    assert not planned.accepts_late_entries(OPENS - TICK)


def test_a_report_in_the_grace_period_shuts_nobody_out(
    planned: Consultation, lead_planner: User
) -> None:
    planned.mark_reported(by=lead_planner, at=CLOSES + timedelta(hours=1))

    assert planned.phase(CLOSES + timedelta(hours=2)) == Phase.GRACE
    assert planned.accepts_late_entries(GRACE - TICK)
    assert planned.phase(GRACE) == Phase.REPORTED


def test_a_report_after_everything_is_a_phase_of_its_own(
    planned: Consultation, lead_planner: User
) -> None:
    planned.mark_reported(by=lead_planner, at=GRACE + timedelta(hours=1))

    assert planned.phase(GRACE + timedelta(minutes=59)) == Phase.CLOSED
    assert planned.phase(GRACE + timedelta(hours=1)) == Phase.REPORTED


def test_marking_reported_twice_records_one_event(
    planned: Consultation, lead_planner: User
) -> None:
    planned.mark_reported(by=lead_planner)
    first = planned.reported_at
    planned.mark_reported(by=lead_planner)

    assert planned.reported_at == first
    assert planned.events.filter(verb="reported").count() == 1


def test_extending_keeps_the_public_reason(planned: Consultation, lead_planner: User) -> None:
    planned.extend(
        closes_at=CLOSES + timedelta(days=1), reason=" Jaringan padam. ", by=lead_planner, at=OPENS
    )

    event = planned.events.last()
    assert event is not None
    assert (event.verb, event.words, event.by) == ("extended", "Jaringan padam.", lead_planner)
    assert planned.grace_until == GRACE


@pytest.mark.parametrize("closes_at", [CLOSES, CLOSES - timedelta(days=1)])
def test_the_closing_time_never_moves_earlier(
    planned: Consultation, lead_planner: User, closes_at: datetime
) -> None:
    with pytest.raises(DomainError):
        planned.extend(closes_at=closes_at, reason="Alasan", by=lead_planner, at=OPENS)

    planned.refresh_from_db()
    assert planned.closes_at == CLOSES


def test_extending_needs_a_reason(planned: Consultation, lead_planner: User) -> None:
    with pytest.raises(DomainError):
        planned.extend(closes_at=CLOSES + timedelta(days=1), reason="  ", by=lead_planner, at=OPENS)


def test_the_new_closing_time_lies_ahead(planned: Consultation, lead_planner: User) -> None:
    later = CLOSES + timedelta(days=1)

    with override("en"), pytest.raises(DomainError, match="already passed"):
        planned.extend(closes_at=later, reason="Banjir", by=lead_planner, at=later)
    planned.extend(closes_at=later, reason="Banjir", by=lead_planner, at=later - TICK)

    assert planned.is_open(later - TICK)


def test_a_consultation_whose_report_is_public_stays_closed(
    planned: Consultation, lead_planner: User
) -> None:
    stale = Consultation.objects.get(pk=planned.pk)
    planned.mark_reported(by=lead_planner, at=CLOSES + timedelta(hours=1))
    later, now = CLOSES + timedelta(days=9), CLOSES + timedelta(hours=1)

    with override("en"), pytest.raises(DomainError, match="report is public"):
        planned.extend(closes_at=later, reason="Banjir", by=lead_planner, at=now)
    with pytest.raises(AlreadyDone):
        stale.extend(closes_at=later, reason="Banjir", by=lead_planner, at=now)

    planned.refresh_from_db()
    assert planned.closes_at == CLOSES


def test_two_people_extending_at_once_give_one_extension(
    planned: Consultation, lead_planner: User
) -> None:
    stale = Consultation.objects.get(pk=planned.pk)
    planned.extend(closes_at=CLOSES + timedelta(days=1), reason="Satu", by=lead_planner, at=OPENS)

    with pytest.raises(AlreadyDone):
        stale.extend(closes_at=CLOSES + timedelta(days=2), reason="Dua", by=lead_planner, at=OPENS)

    assert planned.events.filter(verb="extended").count() == 1


def test_planning_gives_a_draft_with_eight_empty_chapters(
    planned: Consultation, lead_planner: User
) -> None:
    titles = Chapter.objects.filter(consultation=planned).values_list("title", flat=True)

    assert tuple(titles) == DEFAULT_CHAPTERS
    assert planned.drafts.get().version == 1
    assert planned.events.get().verb == "planned"


def test_one_stage_of_a_year_is_planned_once(planned: Consultation, lead_planner: User) -> None:
    with pytest.raises(AlreadyDone):
        factories.make_consultation(lead_planner, cycle=planned.cycle)


@pytest.mark.parametrize(
    ("closes_at", "grace_until"), [(OPENS, None), (CLOSES, CLOSES - timedelta(days=1))]
)
def test_impossible_dates_are_refused(
    lead_planner: User, closes_at: datetime, grace_until: datetime | None
) -> None:
    with pytest.raises(DomainError):
        factories.make_consultation(
            lead_planner, opens_at=OPENS, closes_at=closes_at, grace_until=grace_until
        )

    assert not Consultation.objects.exists()


def test_a_consultation_is_public_with_its_first_published_chapter(
    planned: Consultation, lead_planner: User
) -> None:
    factories.make_chapter(planned, lead_planner, published=False)
    assert not Consultation.objects.public().exists()

    factories.make_chapter(planned, lead_planner, number=2)
    factories.make_chapter(planned, lead_planner, number=3)
    assert list(Consultation.objects.public()) == [planned]
