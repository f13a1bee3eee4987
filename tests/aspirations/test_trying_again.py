"""A message that could not be sent: when it is tried again, and when no more."""

import threading
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connections
from django.utils import timezone

from aspirations.delivery import deliver
from aspirations.models import Delivery
from aspirations.models.delivery import LEASE, MAX_UNENDED
from consultations.models import ChapterText
from tests.aspirations.deliveries import delivery_of, make
from tests.mail_server import Sink
from tests.processes import wait_until


def is_due_within(delivery: Delivery, pause: timedelta) -> bool:
    """Whether it waits now, and will be tried again that soon."""
    delivery.refresh_from_db()
    now = timezone.now()
    return delivery.ended_at is None and now < delivery.due_at <= now + pause


def lease_runs_out(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def fails_again(delivery: Delivery, after: timedelta = timedelta(0)) -> None:
    """The mail server refuses it now, so long after the first attempt."""
    now = timezone.now()
    since = {"tried_since": now - after} if after else {}
    Delivery.objects.filter(pk=delivery.pk).update(due_at=now, **since)
    assert not deliver(delivery)


def test_receipt_that_is_tried_again_counts_once(chapter_text: ChapterText, sink: Sink) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"
    for _time in range(7):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
        deliver(delivery)

    sink.refuses = ""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())

    assert deliver(delivery)


def test_refused_message_goes_out_once_the_mail_server_takes_it(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"
    assert not deliver(delivery)
    assert not Delivery.objects.waiting().exists(), "it pauses before the next attempt"
    assert is_due_within(delivery, timedelta(minutes=2))

    sink.refuses = ""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
    outcomes = [deliver(delivery) for _time in range(2)]

    assert outcomes == [True, False]
    assert len(sink.messages) == 1
    assert not Delivery.objects.filter(ended_at=None).exists()


def test_address_refused_for_good_is_not_tried_again(chapter_text: ChapterText, sink: Sink) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "550 no such mailbox"

    assert not deliver(delivery)

    delivery.refresh_from_db()
    assert delivery.ended_at is not None
    assert delivery.failure == "SMTPRecipientsRefused"
    assert sink.messages == []


def test_message_is_tried_for_three_days_before_it_is_given_up(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"
    a_day, days = timedelta(days=1), timedelta(days=3)

    for _hour in range(80):  # more often than three days have room for
        fails_again(delivery, after=a_day)
    still_tried = is_due_within(delivery, timedelta(hours=1))
    fails_again(delivery, after=days)

    assert still_tried
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.failure) == ("given_up", "SMTPRecipientsRefused")
    assert delivery.ended_at


def test_message_goes_out_when_the_mail_server_comes_back_after_a_weekend(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"
    fails_again(delivery, after=timedelta(days=2, hours=12))

    sink.refuses = ""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())

    assert deliver(delivery)
    assert len(sink.messages) == 1


@pytest.mark.parametrize(
    ("tried_for", "pause"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(minutes=8), timedelta(minutes=8)),
        (timedelta(hours=5), timedelta(hours=1)),
    ],
)
def test_pause_is_as_long_as_the_attempts_so_far_and_an_hour_at_most(
    chapter_text: ChapterText, sink: Sink, tried_for: timedelta, pause: timedelta
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"

    fails_again(delivery, after=tried_for)

    assert is_due_within(delivery, pause + timedelta(seconds=30))
    assert not is_due_within(delivery, pause - timedelta(seconds=30))


def test_absent_mail_server_costs_only_time(
    chapter_text: ChapterText, settings: LazySettings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    delivery = delivery_of(make(chapter_text), "submitted")

    assert not deliver(delivery)

    assert is_due_within(delivery, timedelta(minutes=2))


def test_killed_worker_s_message_is_taken_up_again(chapter_text: ChapterText) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    assert delivery.claim()
    another = Delivery.objects.get(pk=delivery.pk)

    assert not another.claim()
    assert is_due_within(delivery, LEASE), "at once when the lease ran out, not after ten minutes"
    lease_runs_out(delivery)
    assert another.claim()
    delivery.end(Delivery.Outcome.SENT)
    another.refresh_from_db()
    assert another.ended_at is None, "who lost the lease has nothing to say any more"


def test_message_that_kills_every_worker_is_given_up(chapter_text: ChapterText) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    for _time in range(MAX_UNENDED):
        assert delivery.claim(), "the worker is killed now"
        lease_runs_out(delivery)

    assert not deliver(delivery)
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.failure) == ("given_up", "interrupted")
    assert delivery.ended_at
    assert mail.outbox == []


def test_worker_that_was_killed_now_and_then_costs_no_message(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"

    for _time in range(2 * MAX_UNENDED):
        assert delivery.claim(), "the worker is killed now"
        lease_runs_out(delivery)
        fails_again(delivery)
        lease_runs_out(delivery)

    assert delivery.claim()


def test_address_that_no_mail_can_carry_is_tried_once(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text, contact_email="a@" + "é" * 62 + ".com"), "submitted")

    assert not deliver(delivery)

    delivery.refresh_from_db()
    assert delivery.ended_at
    assert delivery.failure
    assert not Delivery.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_slow_mail_server_does_not_cost_the_claim(
    chapter_text: ChapterText, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is renewed while the message is on its way: nobody else sends it meanwhile."""
    lease = timedelta(seconds=0.6)
    monkeypatch.setattr("aspirations.delivery.LEASE", lease)
    monkeypatch.setattr("aspirations.models.delivery.LEASE", lease)
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.pause = 2.0
    outcome: list[bool] = []

    def slowly() -> None:
        outcome.append(deliver(Delivery.objects.get(pk=delivery.pk)))
        connections.close_all()

    sender = threading.Thread(target=slowly)
    sender.start()
    others = []
    wait_until(lambda: not Delivery.objects.waiting().exists(), "the first to have claimed it")
    while sender.is_alive():
        others.append(deliver(Delivery.objects.get(pk=delivery.pk)))
        sender.join(0.1)

    assert outcome == [True]
    assert len(others) > 5
    assert not any(others)
    assert len(sink.messages) == 1
