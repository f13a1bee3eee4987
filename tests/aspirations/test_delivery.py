"""The e-mail to the author: once per event, whatever is retried."""

import re
import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.models import User
from aspirations import reference
from aspirations.delivery import deliver
from aspirations.delivery import mail as mail_channel
from aspirations.models import Aspiration, Delivery, Event
from aspirations.models.delivery import LEASE, MAX_ATTEMPTS
from aspirations.tasks import deliver_notice
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.deliveries import delivery_of, everything, make
from tests.aspirations.mail_server import Sink
from tests.processes import wait_until

HOSTILE = "<script>alert(1)</script>"


# The words ----------------------------------------------------------------------------------


def happen(aspiration: Aspiration, verb: str, planner: User, other: Aspiration) -> None:
    """Let the event take place that `verb` names."""
    if verb == "accepted":
        aspiration.accept(by=planner)
    elif verb == "returned":
        aspiration.return_(by=planner, reason="Desa mana & RT berapa?")
    elif verb == "refused":
        aspiration.refuse(by=planner, reason="Memuat nama & alamat orang.")
    elif verb == "merged":
        aspiration.merge(into=other, by=planner)
    elif verb == "separated":
        aspiration.merge(into=other, by=planner)
        other.withdraw()
    elif verb == "responded":
        aspiration.accept(by=planner)
        aspiration.respond(by=planner, disposition="noted", reason="Sudah & sedang dikerjakan.")


@pytest.mark.parametrize("verb", sorted(Event.NOTIFIES))
def test_every_notice_names_the_aspiration_and_leads_to_its_status(
    chapter_text: ChapterText, planner: User, settings: LazySettings, verb: str
) -> None:
    other = factories.make_accepted(
        chapter_text,
        planner,
        display_name="Nama Orang Lain",
        body="Badan orang lain.",
        contact_email="lain@contoh.id",
        contact_phone="+6281200000000",
    )
    aspiration = make(chapter_text, contact_phone="+6281299999999", organisation="Kelompok Tani")
    happen(aspiration, verb, planner, other)

    message = mail_channel.compose(delivery_of(aspiration, verb))

    words = everything(message)
    html = str(message.alternatives[0][0])
    assert message.to == ["rina@contoh.id"]
    assert aspiration.code in message.subject
    assert f"{settings.SITE_URL}/aspirasi/cek/?kode={aspiration.code}" in message.body
    assert html.count("<a ") == 1
    assert "Rina Lestari" not in words
    for private in ("Nama Orang Lain", "Badan orang lain.", "lain@contoh.id", "+6281"):
        assert private not in words
    assert "&amp;" not in message.body


@pytest.mark.parametrize("verb", sorted(Event.NOTIFIES))
def test_hostile_words_show_as_text(chapter_text: ChapterText, planner: User, verb: str) -> None:
    other = factories.make_accepted(chapter_text, planner)
    aspiration = make(chapter_text, display_name=f"Rina {HOSTILE}\r\nBcc: x@y.z")
    happen(aspiration, verb, planner, other)

    message = mail_channel.compose(delivery_of(aspiration, verb))

    assert HOSTILE not in str(message.alternatives[0][0])
    assert "\n" not in message.subject
    assert message.message()["Bcc"] is None


def test_notice_never_holds_the_pin(chapter_text: ChapterText) -> None:
    aspiration = make(chapter_text, key="a known key")

    words = everything(mail_channel.compose(delivery_of(aspiration, "submitted")))

    assert reference.pin_for("a known key") not in words


def test_message_id_belongs_to_the_event(chapter_text: ChapterText) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    first, second = (mail_channel.compose(delivery).message()["Message-ID"] for _time in range(2))

    assert first == second
    assert re.match(r"<event-[0-9a-f]{32}@", first)


def test_only_a_proven_address_reads_the_name(
    chapter_text: ChapterText, resident: User, other_resident: User
) -> None:
    EmailAddress.objects.create(user=other_resident, email="belum@contoh.id", verified=False)
    given = [
        ({"account": resident, "contact_email": ""}, True),
        ({"account": resident, "contact_email": resident.email.upper()}, True),
        ({"account": resident, "contact_email": other_resident.email}, False),
        ({"account": other_resident, "contact_email": "belum@contoh.id"}, False),
        ({"entered_by": resident, "contact_email": resident.email}, False),
    ]

    for fields, is_named in given:
        words = everything(
            mail_channel.compose(delivery_of(make(chapter_text, **fields), "submitted"))
        )
        assert ("Rina Lestari" in words) is is_named, fields


@pytest.mark.parametrize("proven", [True, False])
def test_receipts_to_one_address_end_unless_it_is_proven(
    chapter_text: ChapterText, resident: User, proven: bool
) -> None:
    author = {"account": resident} if proven else {}
    made = [make(chapter_text, contact_email=resident.email, **author) for _time in range(7)]

    outcomes = [deliver(delivery_of(aspiration, "submitted")) for aspiration in made]

    assert outcomes == [True] * 5 + [proven] * 2
    assert len(mail.outbox) == sum(outcomes)
    assert not Delivery.objects.filter(ended_at=None).exists()


def test_receipt_that_is_tried_again_counts_once(chapter_text: ChapterText, sink: Sink) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"
    for _time in range(7):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
        deliver(delivery)

    sink.refuses = ""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())

    assert deliver(delivery)


def is_due_within(delivery: Delivery, pause: timedelta) -> bool:
    """Whether it waits now, and will be tried again that soon."""
    delivery.refresh_from_db()
    now = timezone.now()
    return delivery.ended_at is None and now < delivery.due_at <= now + pause


def lease_runs_out(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(seconds=1))


# Once ---------------------------------------------------------------------------------------


def test_deliver_sends_once_however_often_it_is_asked(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    outcomes = [deliver(delivery) for _time in range(3)]
    deliver_notice(delivery.pk)

    assert outcomes == [True, False, False]
    assert [message["To"] for message in sink.messages] == ["rina@contoh.id"]


@pytest.mark.django_db(transaction=True)
def test_deliver_by_four_workers_at_once_sends_once(chapter_text: ChapterText, sink: Sink) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    together = threading.Barrier(4)
    outcomes: list[bool] = []

    def work() -> None:
        together.wait()
        outcomes.append(deliver(Delivery.objects.get(pk=delivery.pk)))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(outcomes) == [False, False, False, True]
    assert len(sink.messages) == 1


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


def test_message_that_fails_eight_times_is_given_up(chapter_text: ChapterText, sink: Sink) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.refuses = "451 come again later"

    for _time in range(8):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
        deliver(delivery)

    delivery.refresh_from_db()
    assert delivery.ended_at is not None


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
    Delivery.objects.filter(pk=delivery.pk).update(attempts=MAX_ATTEMPTS)

    assert not deliver(delivery)

    delivery.refresh_from_db()
    assert delivery.ended_at
    assert delivery.failure == "interrupted"
    assert mail.outbox == []


def test_author_without_an_address_gets_no_message(chapter_text: ChapterText) -> None:
    aspiration = make(chapter_text, contact_email="")

    assert aspiration.events.exists()
    assert not Delivery.objects.exists()


def test_account_s_address_is_used_when_no_other_is_given(
    chapter_text: ChapterText, resident: User
) -> None:
    delivery = delivery_of(make(chapter_text, contact_email="", account=resident), "submitted")

    assert deliver(delivery)
    assert mail.outbox[0].to == [resident.email]


def test_internal_events_send_nothing(chapter_text: ChapterText, planner: User) -> None:
    aspiration = make(chapter_text)
    aspiration.note("Rahasia dapur perencana.", by=planner)
    aspiration.start_review(by=planner)

    assert [one.event.verb for one in Delivery.objects.all()] == ["submitted"]


def test_address_that_no_mail_can_carry_is_tried_once(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text, contact_email="a@" + "é" * 62 + ".com"), "submitted")

    assert not deliver(delivery)

    delivery.refresh_from_db()
    assert delivery.ended_at
    assert delivery.failure
    assert not Delivery.objects.waiting().exists()


def test_one_event_goes_to_one_address_in_one_row(chapter_text: ChapterText) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    for address in ("rina@contoh.id", "Rina@Contoh.ID"):
        with pytest.raises(IntegrityError), transaction.atomic():
            delivery.event.deliveries.create(address=address)


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
