"""Sending an aspiration once, in time, and not by the thousand."""

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import current_app
from django.core import signing
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import robots
from accounts.models import Agency, User
from aspirations import reference
from aspirations.models import Aspiration, Delivery, Event
from consultations.models import ChapterText, Consultation
from tests.aspirations.sendings import (
    address,
    filled,
    patient_ticket,
    post,
    receipt,
    send,
    sent,
)
from tests.languages import in_english

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def move_window(consultation: Consultation, *, grace: bool = False) -> None:
    """Close the consultation an hour ago, with or without a grace period that still runs."""
    now = timezone.now()
    Consultation.objects.filter(pk=consultation.pk).update(
        closes_at=now - timedelta(hours=1), grace_until=now + timedelta(days=1) if grace else None
    )


# The same form, once ------------------------------------------------------------------------


def test_same_key_sent_twice_is_one_aspiration_with_one_receipt(
    client: Client, chapter_text: ChapterText
) -> None:
    answers = filled()

    post(client, chapter_text, answers, "send")
    first = receipt(client)
    post(client, chapter_text, answers, "send")

    assert Aspiration.objects.count() == 1
    assert Event.objects.count() == 1
    assert receipt(client) == first


@pytest.mark.django_db(transaction=True)
def test_same_key_sent_by_two_at_once_is_one_aspiration(chapter_text: ChapterText) -> None:
    answers = filled(contact_email="rina@contoh.id")
    together = threading.Barrier(2)
    receipts: list[str] = []

    def tap() -> None:
        client = Client()
        client.get(address(chapter_text))
        together.wait()
        post(client, chapter_text, answers, "send")
        receipts.append(receipt(client))
        connections.close_all()

    taps = [threading.Thread(target=tap) for _ in range(2)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()

    aspiration = Aspiration.objects.get()
    assert len(receipts) == 2
    assert all(aspiration.code in page for page in receipts)
    assert all(reference.pin_for(answers["key"]) in page for page in receipts)
    assert aspiration.events.count() == 1


def test_same_key_with_other_words_is_refused_with_a_fresh_key(
    client: Client, chapter_text: ChapterText
) -> None:
    first = filled(body="Kata pertama.")
    post(client, chapter_text, first, "send")

    page = post(client, chapter_text, first | {"body": "Kata kedua."}, "send").content.decode()

    assert "Your first text was already received" in page
    assert "Kata kedua." in page
    assert f'value="{first["key"]}"' not in page
    fresh = re.search(r'name="key" value="(\w+)"', page)
    assert fresh
    post(client, chapter_text, first | {"body": "Kata kedua.", "key": fresh[1]}, "send")
    assert set(Aspiration.objects.values_list("body", flat=True)) == {
        "Kata pertama.",
        "Kata kedua.",
    }


def test_receipt_of_the_first_text_is_not_lost_with_its_answer(
    chapter_text: ChapterText,
) -> None:
    """The first sending arrived, its answer did not: the phone still has the key."""
    first = filled(body="Kata pertama.")
    post(Client(), chapter_text, first, "send")
    phone = Client()

    page = post(phone, chapter_text, first | {"body": "Kata kedua."}, "send").content.decode()

    receipt = reverse("sending:receipt")
    assert f'href="{receipt}"' in page
    shown = phone.get(receipt).content.decode()
    assert Aspiration.objects.get().code in shown
    assert reference.pin_for(first["key"]) in re.sub(r"\D", "", shown)


def test_receipts_of_two_tabs_are_both_there(client: Client, chapter_text: ChapterText) -> None:
    """The answer of the first tab never came, and the second sent something else meanwhile."""
    first, second = filled(body="Kata pertama."), filled(body="Kata kedua.")
    for form in (first, second):
        post(client, chapter_text, form, "send")
    one, other = (Aspiration.objects.get(body=form["body"]) for form in (first, second))
    address = reverse("sending:receipt")

    newest = client.get(address).content.decode()
    named = client.get(address, {"nomor": one.code}).content.decode()

    for page, form, beside in ((newest, second, one), (named, first, other)):
        assert reference.pin_for(form["key"]) in re.sub(r"[^\d<>]", "", page)
        assert f'href="{address}?nomor={beside.code}"' in page
    assert client.get(address, {"nomor": "RK28-AAAA-A"}).status_code == 302
    assert Client().get(address, {"nomor": one.code}).status_code == 302


@pytest.mark.parametrize("key", ["", "short", "\x00" * 32, "x" * 5000])
def test_odd_key_is_replaced_by_a_fresh_one(
    client: Client, chapter_text: ChapterText, key: str
) -> None:
    aspiration = sent(client, chapter_text, key=key)

    assert aspiration.receipt.key_digest != reference.key_digest(key)


# The window ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["check", "send"])
def test_closed_consultation_gives_the_text_back(
    client: Client, chapter_text: ChapterText, step: str
) -> None:
    move_window(chapter_text.draft.consultation)

    page = post(client, chapter_text, filled(rationale=HOSTILE), step).content.decode()

    assert "No aspirations are received now" in page
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert HOSTILE not in page
    assert not Aspiration.objects.exists()


def test_closed_consultation_shows_no_form(client: Client, chapter_text: ChapterText) -> None:
    move_window(chapter_text.draft.consultation)

    page = in_english(client).get(address(chapter_text)).content.decode()

    assert "No aspirations are received now" in page
    assert 'name="body"' not in page


def test_receipt_comes_again_even_after_closing(client: Client, chapter_text: ChapterText) -> None:
    answers = filled()
    post(client, chapter_text, answers, "send")
    move_window(chapter_text.draft.consultation)

    response = post(client, chapter_text, answers, "send")

    assert response.status_code == 302
    assert Aspiration.objects.get().code in receipt(client)


@pytest.mark.parametrize(
    ("person", "kept"),
    [("agency_clerk", True), ("field_operator", True), ("resident", False), ("planner", False)],
)
def test_grace_period_is_for_agencies_and_operators(
    request: pytest.FixtureRequest,
    sign_in: Callable[[User], Client],
    agency: Agency,
    chapter_text: ChapterText,
    person: str,
    kept: bool,
) -> None:
    client = sign_in(request.getfixturevalue(person))
    move_window(chapter_text.draft.consultation, grace=True)

    send(client, chapter_text, position="Staf")

    assert Aspiration.objects.exists() is kept


# Machines and floods ------------------------------------------------------------------------


def test_hidden_field_filled_in_loses_no_text(client: Client, chapter_text: ChapterText) -> None:
    response = send(client, chapter_text, **{robots.TRAP: "http://spam.example"})

    page = response.content.decode()
    assert "A hidden field was filled in" in page
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert "spam.example" not in page
    assert not Aspiration.objects.exists()


@pytest.mark.parametrize("ticket", [None, "", "forged"])
def test_form_sent_at_once_must_be_sent_again(
    client: Client, chapter_text: ChapterText, ticket: str | None
) -> None:
    page = send(
        client, chapter_text, ticket=robots.new_ticket() if ticket is None else ticket
    ).content.decode()

    assert "That was very quick." in page
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert not Aspiration.objects.exists()


def test_form_of_the_day_before_yesterday_loses_no_text_and_can_be_sent_again(
    client: Client, chapter_text: ChapterText
) -> None:
    old = signing.dumps(time.time() - 2 * robots.TICKET_SECONDS, salt=robots.SALT)

    page = send(client, chapter_text, ticket=old).content.decode()

    assert "This form was opened more than a day ago." in page
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert not Aspiration.objects.exists()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket
    assert robots.is_ticket(ticket[1])


def test_flood_from_one_browser_is_stopped_and_loses_no_text(
    client: Client, chapter_text: ChapterText
) -> None:
    for _number in range(robots.SESSION_LIMIT):
        assert send(client, chapter_text).status_code == 302

    response = send(client, chapter_text, body="Satu lagi.")

    assert response.status_code == 429
    assert "Please send again in ten minutes." in response.content.decode()
    assert "Satu lagi." in response.content.decode()
    assert Aspiration.objects.count() == robots.SESSION_LIMIT


def test_flood_from_one_address_is_stopped_but_not_the_neighbours(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", ((3, robots.MINUTES),))

    codes = [send(Client(), chapter_text).status_code for _number in range(5)]
    neighbour = send(Client(REMOTE_ADDR="10.1.2.3"), chapter_text)

    assert codes == [302, 302, 302, 429, 429]
    assert neighbour.status_code == 302


def test_forwarded_address_of_a_visitor_is_not_believed(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", ((1, robots.MINUTES),))

    codes = [
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        .post(address(chapter_text), filled(step="send"))
        .status_code
        for number in range(2)
    ]

    assert codes == [302, 429]


def test_addresses_of_one_household_count_as_one() -> None:
    assert robots.neighbourhood("2001:db8:1:2:3::4") == robots.neighbourhood("2001:db8:1:2::9")
    assert robots.neighbourhood("2001:db8:1:2::9") != robots.neighbourhood("2001:db8:1:3::9")
    assert robots.neighbourhood("10.0.0.1") != robots.neighbourhood("10.0.0.2")


def test_address_written_as_ipv6_counts_as_the_ipv4_address_that_it_is() -> None:
    assert robots.neighbourhood("::ffff:10.0.0.1") == robots.neighbourhood("10.0.0.1")
    assert robots.neighbourhood("::ffff:10.0.0.1") != robots.neighbourhood("::ffff:10.0.0.2")


# The broker ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_send_works_while_the_broker_is_away(
    client: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    aspiration = sent(client, chapter_text, contact_email="rina@contoh.id")

    assert aspiration.code in receipt(client)
    assert Delivery.objects.waiting().get().event.aspiration == aspiration
    close_old_connections()


def test_ticket_of_a_minute_ago_is_patient_enough() -> None:
    assert not robots.is_too_quick(patient_ticket())
