"""Messages that did not arrive: planners see which, and have them sent again."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations.delivery import deliver
from aspirations.models import Aspiration, Delivery
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.deliveries import delivery_of, make
from tests.languages import in_english
from tests.mail_server import Sink

Outcome = Delivery.Outcome
BUTTON = "Send again"


@pytest.fixture
def desk(planner: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(planner)


@pytest.fixture
def refused(chapter_text: ChapterText) -> Delivery:
    """The receipt of one whose address the mail server does not know."""
    return ended(delivery_of(make(chapter_text), "submitted"), Outcome.REFUSED)


def ended(delivery: Delivery, outcome: str, failure: str = "SMTPRecipientsRefused") -> Delivery:
    assert delivery.claim()
    delivery.end(outcome, failure)
    delivery.refresh_from_db()
    return delivery


def page(desk: Client, aspiration: Aspiration) -> str:
    address = reverse("moderating:aspiration", args=[aspiration.code])
    return str(in_english(desk).get(address).content.decode())


def press(desk: Client, delivery: Delivery, code: str = "", **extra: Any) -> Any:
    """Press the button that belongs to the message."""
    arguments = [code or delivery.event.aspiration.code, delivery.pk]
    return in_english(desk).post(reverse("moderating:send_again", args=arguments), **extra)


# What the desk says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "words", "has_button"),
    [
        (Outcome.REFUSED, "the mail server does not accept the address", True),
        (Outcome.GIVEN_UP, "was tried many times without success", True),
        (Outcome.SENT, "", False),
        (Outcome.OVERTAKEN, "", False),
        (Outcome.WITHHELD, "", False),
    ],
)
def test_page_says_what_did_not_arrive(
    desk: Client, chapter_text: ChapterText, outcome: str, words: str, has_button: bool
) -> None:
    aspiration = make(chapter_text)
    ended(delivery_of(aspiration, "submitted"), outcome)

    shown = page(desk, aspiration)

    assert ("The author was not told by e-mail" in shown) is has_button
    assert words in shown
    assert (BUTTON in shown) is has_button


def test_page_says_what_is_still_tried(desk: Client, chapter_text: ChapterText, sink: Sink) -> None:
    aspiration = make(chapter_text)
    before = page(desk, aspiration)
    sink.refuses = "451 come again later"
    deliver(delivery_of(aspiration, "submitted"))

    shown = page(desk, aspiration)

    assert "not been told by e-mail yet" in shown
    assert "not been told by e-mail yet" not in before
    assert BUTTON not in shown


def test_page_names_the_address_only_where_it_names_the_contact(
    desk: Client, refused: Delivery
) -> None:
    Delivery.objects.filter(pk=refused.pk).update(address="alamat-lain@contoh.id")

    assert "alamat-lain" not in page(desk, refused.event.aspiration)


def test_nobody_but_planners_reads_that_a_message_did_not_arrive(
    client: Client, chapter_text: ChapterText, resident: User, sign_in: Callable[[User], Client]
) -> None:
    aspiration = make(chapter_text, account=resident)
    ended(delivery_of(aspiration, "submitted"), Outcome.REFUSED)
    status = reverse("following:status", args=[aspiration.code])

    shown = in_english(sign_in(resident)).get(status).content.decode()

    assert "We received your aspiration." in shown
    assert "not told" not in shown


def test_page_asks_the_same_number_of_queries_however_many_did_not_arrive(
    desk: Client, refused: Delivery, planner: User, django_assert_num_queries: Any
) -> None:
    aspiration = refused.event.aspiration
    aspiration.accept(by=planner)
    page(desk, aspiration)
    with CaptureQueriesContext(connection) as first:
        page(desk, aspiration)
    for number in range(3):
        aspiration.respond(by=planner, disposition="noted", reason=f"Kami catat {number}.")
    for delivery in Delivery.objects.filter(ended_at=None):
        ended(delivery, Outcome.GIVEN_UP)

    with django_assert_num_queries(len(first)):
        shown = page(desk, aspiration)

    assert shown.count(BUTTON) == 5


def test_administrator_finds_what_was_given_up_and_whose_it_is_without_the_address(
    administrator: User, sign_in: Callable[[User], Client], chapter_text: ChapterText
) -> None:
    given_up, other = (make(chapter_text) for _time in range(2))
    ended(delivery_of(given_up, "submitted"), Outcome.GIVEN_UP)
    address = reverse("admin:aspirations_delivery_changelist")

    shown = sign_in(administrator).get(f"{address}?outcome=given_up").content.decode()

    assert given_up.code in shown
    assert other.code not in shown
    assert "rina@contoh.id" not in shown


# Sending again ------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.GIVEN_UP])
def test_button_sends_the_message_again_once(
    desk: Client, chapter_text: ChapterText, planner: User, outcome: str
) -> None:
    delivery = ended(delivery_of(make(chapter_text), "submitted"), outcome)

    answer = press(desk, delivery)
    again = press(desk, delivery)
    outcomes = [deliver(Delivery.objects.get(pk=delivery.pk)) for _time in range(2)]

    assert answer.status_code == 302
    assert "is not sent again" in again.content.decode()
    assert outcomes == [True, False]
    assert len(mail.outbox) == 1
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.failure) == ("sent", "")
    assert delivery.again_by == planner
    assert BUTTON not in page(desk, delivery.event.aspiration)


def test_pane_says_that_the_message_is_sent_again(desk: Client, refused: Delivery) -> None:
    pane = press(desk, refused, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in pane
    assert "The message is being sent again." in pane
    assert "tried again by itself" in pane
    assert BUTTON not in pane


@pytest.mark.django_db(transaction=True)
def test_button_that_two_press_at_once_sends_once(
    refused: Delivery, planner: User, lead_planner: User
) -> None:
    together, outcomes = threading.Barrier(2), []

    def ask(by: User) -> None:
        together.wait()
        try:
            Delivery.objects.get(pk=refused.pk).send_again(by=by)
            outcomes.append("asked")
        except AlreadyDone:
            outcomes.append("too late")
        connections.close_all()

    planners = [threading.Thread(target=ask, args=[by]) for by in (planner, lead_planner)]
    for each in planners:
        each.start()
    for each in planners:
        each.join()

    assert sorted(outcomes) == ["asked", "too late"]


def test_message_that_is_sent_again_has_three_days_and_all_claims_anew(
    refused: Delivery, planner: User, sink: Sink
) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    Delivery.objects.filter(pk=refused.pk).update(tried_since=long_ago, unended=8, attempts=80)
    refused.refresh_from_db()
    sink.refuses = "451 come again later"

    refused.send_again(by=planner)
    deliver(refused)

    refused.refresh_from_db()
    assert refused.ended_at is None
    assert refused.attempts == 81, "whoever held an older claim still has nothing to say"


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.OVERTAKEN, Outcome.WITHHELD, ""])
def test_what_did_not_fail_is_not_sent_again(
    chapter_text: ChapterText, planner: User, outcome: str
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    if outcome:
        ended(delivery, outcome, "")

    with pytest.raises(AlreadyDone):
        delivery.send_again(by=planner)

    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.again_by) == (outcome, None)


def test_news_that_is_true_no_longer_is_not_sent_again(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    aspiration = make(chapter_text)
    aspiration.accept(by=planner)
    delivery = ended(delivery_of(aspiration, "accepted"), Outcome.GIVEN_UP)
    aspiration.refuse(by=planner, reason="Memuat nama orang.")

    shown = press(desk, delivery).content.decode()

    assert "would no longer be true" in shown
    delivery.refresh_from_db()
    assert delivery.outcome == "overtaken"
    assert "Send again" not in page(desk, aspiration)
    with pytest.raises(DomainError):
        delivery.send_again(by=planner)


def test_nothing_is_sent_again_to_somebody_who_was_erased(
    desk: Client, refused: Delivery, planner: User
) -> None:
    refused.event.aspiration.erase_author()

    shown = page(desk, refused.event.aspiration)
    press(desk, refused)

    assert BUTTON not in shown
    assert "not told" not in shown
    refused.refresh_from_db()
    assert refused.outcome == "refused"
    assert not Delivery.objects.waiting().exists()


def test_button_belongs_to_its_aspiration(
    desk: Client, refused: Delivery, chapter_text: ChapterText
) -> None:
    other = factories.make_aspiration(chapter_text)

    assert press(desk, refused, code=other.code).status_code == 404
    own = reverse("moderating:send_again", args=[refused.event.aspiration.code, refused.pk])
    assert desk.get(own).status_code == 405
    refused.refresh_from_db()
    assert refused.outcome == "refused"


def test_worker_is_nudged_to_send_it_now(
    desk: Client,
    refused: Delivery,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "aspirations.views.moderating.nudge", lambda task, pk: asked.append(pk) or True
    )

    with django_capture_on_commit_callbacks(execute=True):
        press(desk, refused)

    assert asked == [refused.pk]
