"""The e-mail to the author: once per event, whatever is retried."""

import re
import threading

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.db import IntegrityError, connections, transaction

from accounts.models import User
from aspirations import reference
from aspirations.delivery import deliver
from aspirations.delivery import mail as mail_channel
from aspirations.models import Aspiration, Delivery, Event
from aspirations.tasks import deliver_notice
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.deliveries import delivery_of, everything, make
from tests.mail_server import Sink

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


# Once ---------------------------------------------------------------------------------------


def test_deliver_sends_once_however_often_it_is_asked(
    chapter_text: ChapterText, sink: Sink
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    outcomes = [deliver(delivery) for _time in range(3)]
    deliver_notice(delivery.pk)

    assert outcomes == [True, False, False]
    assert [message["To"] for message in sink.messages] == ["rina@contoh.id"]


@pytest.mark.parametrize("bye", ["221 " + "bye" * 5000, "nonsense", "421 no more"])
def test_message_that_was_taken_is_sent_whatever_the_mail_server_says_to_a_goodbye(
    chapter_text: ChapterText, sink: Sink, bye: str
) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")
    sink.bye = bye

    assert deliver(delivery)

    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.failure) == ("sent", "")
    assert len(sink.messages) == 1


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


def test_one_event_goes_to_one_address_in_one_row(chapter_text: ChapterText) -> None:
    delivery = delivery_of(make(chapter_text), "submitted")

    for address in ("rina@contoh.id", "Rina@Contoh.ID"):
        with pytest.raises(IntegrityError), transaction.atomic():
            delivery.event.deliveries.create(address=address)
