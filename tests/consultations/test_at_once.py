"""Two people do the same thing at the same moment."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations.models import ChapterText, Consultation, PlanCycle
from tests import factories
from tests.consultations.desk import CYCLE, address


def at_once(*acts: Callable[[], object]) -> list[DomainError | None]:
    """Carry out the acts in threads that start together; return what each of them raised."""
    together = threading.Barrier(len(acts))
    raised: list[DomainError | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            together.wait(timeout=10)
            act()
        except DomainError as error:
            raised[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_the_last_two_chapters_published_at_once_complete_the_draft(
    transactional_db: Any, consultation: Consultation, lead_planner: User
) -> None:
    for number in range(1, 9):
        factories.make_chapter(consultation, lead_planner, number=number, published=number < 7)
    last = ChapterText.objects.filter(published_at=None).select_related("draft__consultation")

    raised = at_once(*(lambda text=text: text.publish(by=lead_planner) for text in last))

    assert raised == [None, None]
    assert consultation.drafts.get().is_published
    assert consultation.events.filter(verb="draft_published").count() == 1


def test_a_stage_planned_twice_at_once_exists_once(
    transactional_db: Any, lead_planner: User
) -> None:
    cycle = factories.make_cycle()
    now = timezone.now()

    def plan() -> None:
        Consultation.objects.plan(
            by=lead_planner,
            cycle=cycle,
            stage=Consultation.Stage.INITIAL,
            opens_at=now,
            closes_at=now + timedelta(days=14),
        )

    raised = at_once(plan, plan)

    assert [type(error) for error in raised if error] == [AlreadyDone]
    assert Consultation.objects.get().chapters.count() == 8


@pytest.mark.parametrize("room", ["year", "consultation"])
def test_what_two_planners_create_at_once_exists_once_and_the_second_is_told(
    transactional_db: Any, lead_planner: User, sign_in: Callable[[User], Client], room: str
) -> None:
    if room == "year":
        page, typed = address("cycle_new"), CYCLE
    else:
        page = address("consultation_new", factories.make_cycle().year)
        moments = {"opens_at": "2027-02-01T08:00", "closes_at": "2027-02-20T16:00"}
        typed = {"stage": Consultation.Stage.INITIAL} | moments
    answers: list[Any] = []
    # The second has passed the form's own check before the first one's row is there.
    checked = threading.Barrier(2)
    model = PlanCycle if room == "year" else Consultation

    def meet(instance: Any, **signal: Any) -> None:
        checked.wait(timeout=10)

    pre_save.connect(meet, sender=model)

    def press() -> None:
        answers.append(sign_in(lead_planner).post(page, typed))

    try:
        at_once(press, press)
    finally:
        pre_save.disconnect(meet, sender=model)

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    (refused,) = [answer for answer in answers if answer.status_code == 200]
    assert "error-summary" in refused.content.decode()
    assert model.objects.count() == 1
