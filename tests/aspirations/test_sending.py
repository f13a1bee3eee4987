"""Sending an aspiration: the form, the check, the receipt."""

import re
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from aspirations import reference, robots
from aspirations.models import Aspiration, Channel, Event
from consultations.models import ChapterText, Consultation, Priority
from tests import factories
from tests.aspirations.sendings import (
    ENGLISH,
    address,
    check,
    filled,
    paragraph,
    patient_ticket,
    post,
    receipt,
    send,
    sent,
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def move_window(consultation: Consultation, *, grace: bool = False) -> None:
    """Close the consultation an hour ago, with or without a grace period that still runs."""
    now = timezone.now()
    Consultation.objects.filter(pk=consultation.pk).update(
        closes_at=now - timedelta(hours=1), grace_until=now + timedelta(days=1) if grace else None
    )


# The form -----------------------------------------------------------------------------------


def test_form_quotes_the_words_of_the_chosen_block(
    client: Client, chapter_text: ChapterText
) -> None:
    block = paragraph(chapter_text)

    page = client.get(address(chapter_text), {"blok": str(block.block_id)}, headers=ENGLISH)

    assert f">{block.plain}</blockquote>" in page.content.decode()
    assert f'name="block" value="{block.block_id}"' in page.content.decode()


@pytest.mark.parametrize("asked", ["nonsense", "\x00", str(uuid.uuid4())])
def test_form_says_that_an_unknown_block_is_gone(
    client: Client, chapter_text: ChapterText, asked: str
) -> None:
    page = client.get(address(chapter_text), {"blok": asked}, headers=ENGLISH).content.decode()

    assert "about the whole chapter" in page
    assert 'name="block"' not in page


@pytest.mark.parametrize(
    "path",
    [
        "/aspirasi/kirim/unknown/bab/1/",
        "/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/2/",
        "/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/99999999999999999999/",
        "/aspirasi/kirim/wilayah/61.01/",
        "/aspirasi/kirim/wilayah/62%00/",
        "/aspirasi/kirim/wilayah/62.03.01.1001.9/",
    ],
)
def test_what_does_not_exist_is_not_found(
    client: Client, chapter_text: ChapterText, path: str
) -> None:
    assert client.get(path).status_code == 404


def test_regions_lists_the_districts_of_a_regency(client: Client, db: None) -> None:
    places = client.get(reverse("sending:regions", args=["62.71"])).json()["places"]

    assert [place["code"][:5] for place in places] == ["62.71"] * 5
    assert {"code": "62.71.01", "name": "Pahandut"} in places


def test_form_of_a_visitor_keeps_what_was_typed_when_going_back(
    client: Client, chapter_text: ChapterText
) -> None:
    page = client.get(address(chapter_text))

    assert "no-store" not in page["Cache-Control"]
    assert "private" in page["Cache-Control"]


# The check ----------------------------------------------------------------------------------


def test_check_shows_everything_and_keeps_nothing_yet(
    client: Client, chapter_text: ChapterText
) -> None:
    response = check(client, chapter_text, district="62.03.01", contact_email="rina@contoh.id")

    page = response.content.decode()
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert "rina@contoh.id" in page
    assert "no-store" in response["Cache-Control"]
    assert not Aspiration.objects.exists()


def test_check_hands_on_the_same_key(client: Client, chapter_text: ChapterText) -> None:
    key = uuid.uuid4().hex

    page = check(client, chapter_text, key=key).content.decode()

    assert f'name="key" value="{key}"' in page


def test_edit_brings_everything_back_without_finding_fault(
    client: Client, chapter_text: ChapterText
) -> None:
    answers = filled(display_name="", contact_email="half@", district="62.03.01")

    page = post(client, chapter_text, answers, "edit").content.decode()

    assert "error-summary" not in page
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert 'value="half@"' in page
    assert re.search(r'value="62.03.01" selected', page)
    assert re.search(r'name="privacy"[^>]*checked', page)
    assert not re.search(r'name="show_name"[^>]*checked', page)


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        ("NIK saya 6203014508900001.", "hold a NIK"),
        ("NIK 6203 0145 0890 0001", "hold a NIK"),
        ("Hubungi 0812-3456-7890.", "telephone number"),
        ("Hubungi +62 812 3456 7890", "telephone number"),
    ],
)
def test_check_warns_of_personal_numbers(
    client: Client, chapter_text: ChapterText, body: str, warned: str
) -> None:
    assert warned in check(client, chapter_text, body=body).content.decode()


@pytest.mark.parametrize(
    "body", ["Anggaran Rp1.234.567.890.123.456 terlalu besar.", "Rp 9999999999999999", "Pasal 80"]
)
def test_check_does_not_warn_of_other_numbers(
    client: Client, chapter_text: ChapterText, body: str
) -> None:
    page = check(client, chapter_text, body=body).content.decode()

    assert "hold a NIK" not in page
    assert "telephone number" not in page


# What is kept -------------------------------------------------------------------------------


def test_send_keeps_what_a_visitor_said(client: Client, chapter_text: ChapterText) -> None:
    block = paragraph(chapter_text)
    priority = Priority.objects.create(
        cycle=chapter_text.draft.consultation.cycle, number=1, title="Jalan"
    )

    aspiration = sent(
        client,
        chapter_text,
        block=str(block.block_id),
        quote="Jalan desa  perlu\r\ndiperbaiki",
        body="Baris satu\r\nBaris dua",
        rationale="Rusak",
        suggested_wording="Jalan desa diperbaiki pada 2028.",
        affair_field="1.03",
        priority=str(priority.pk),
        district="62.03.01",
        contact_email="rina@contoh.id",
        contact_phone="0812-3456 7890",
    )

    assert aspiration.quote == "Jalan desa perlu diperbaiki"
    assert aspiration.block_id == block.block_id
    assert aspiration.body == "Baris satu\nBaris dua"
    assert aspiration.affair_field_id == "1.03"
    assert aspiration.priority == priority
    assert (aspiration.region_id, aspiration.regency_id) == ("62.03.01", "62.03")
    assert aspiration.contact_phone == "+6281234567890"
    assert aspiration.consent_publish
    assert not aspiration.show_name
    assert aspiration.consent_version
    assert (aspiration.author, aspiration.entered_by, aspiration.agency) == (None, None, None)
    assert aspiration.channel == Channel.WEB


def test_send_in_ones_own_name(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText
) -> None:
    aspiration = sent(sign_in(resident), chapter_text)

    assert aspiration.author == resident
    assert aspiration.events.get().by == resident


@pytest.mark.parametrize(("letter", "channel"), [("", Channel.WEB), ("on", Channel.AGENCY_LETTER)])
def test_send_in_the_name_of_an_agency(
    sign_in: Callable[[User], Client],
    agency: Agency,
    agency_clerk: User,
    chapter_text: ChapterText,
    letter: str,
    channel: str,
) -> None:
    aspiration = sent(
        sign_in(agency_clerk),
        chapter_text,
        stakeholder_group="youth",
        organisation="Bukan kantor ini",
        position="Kepala Subbagian",
        letter=letter,
    )

    assert aspiration.agency == agency
    assert aspiration.author == agency_clerk
    assert aspiration.stakeholder_group == agency.kind
    assert aspiration.organisation == agency.name
    assert aspiration.channel == channel


def test_send_by_a_field_operator_belongs_to_nobodys_account(
    sign_in: Callable[[User], Client], field_operator: User, chapter_text: ChapterText
) -> None:
    aspiration = sent(sign_in(field_operator), chapter_text)

    assert aspiration.author is None
    assert aspiration.entered_by == field_operator
    assert aspiration.channel == Channel.ASSISTED


# Mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("kind", "", "Choose a comment, a proposal or a question."),
        ("kind", "shout", "Select a valid choice."),
        ("body", "", "Write what you would like to say."),
        ("body", " \x00\x01 ", "Write what you would like to say."),
        ("body", "x" * 2001, "longer than 2000 characters (it has 2001)"),
        ("rationale", "x" * 2001, "longer than 2000 characters (it has 2001)"),
        ("regency", "", "Choose the regency or city."),
        ("regency", "62.99", "Select a valid choice."),
        ("regency", "62.03.01", "Select a valid choice."),
        ("regency", "\x00", "Select a valid choice."),
        ("district", "62.01.01", "This place does not lie in"),
        ("district", "62.03.99", "This place does not lie in"),
        ("district", "62.03\x00", "This place does not lie in"),
        ("village", "62.01.01.2001", "This place does not lie in"),
        ("affair_field", "9.99", "Select a valid choice."),
        ("priority", "one", "Select a valid choice."),
        ("stakeholder_group", "", "Choose for whom you speak."),
        ("stakeholder_group", "provincial_agency", "Write the name of the office."),
        ("display_name", "", "Write your name."),
        ("display_name", "x" * 121, "at most 120 characters"),
        ("contact_email", "rina@", "This e-mail address is not complete."),
        ("contact_email", f"{'x' * 250}@contoh.id", "at most 254 characters"),
        ("contact_email", "a\x00@contoh.id", "Null characters are not allowed."),
        ("contact_phone", "seratus", "This is not a telephone number."),
        ("privacy", "", "Tick this box"),
    ],
)
@pytest.mark.parametrize("step", ["check", "send"])
def test_mistake_gets_a_sentence_and_nothing_typed_is_lost(
    client: Client, chapter_text: ChapterText, name: str, value: str, sentence: str, step: str
) -> None:
    kept = {"suggested_wording": "Ini harus tetap ada."}

    response = post(client, chapter_text, filled(**kept | {name: value}), step)

    page = response.content.decode()
    assert response.status_code == 200
    assert sentence in page
    assert "<title>Error:" in page
    assert "Ini harus tetap ada." in page
    assert not Aspiration.objects.exists()


def test_quote_must_stand_in_the_block(client: Client, chapter_text: ChapterText) -> None:
    block = str(paragraph(chapter_text).block_id)

    response = send(client, chapter_text, block=block, quote="Jalan desa sudah mulus.")

    assert "These words do not stand in the text" in response.content.decode()
    assert not Aspiration.objects.exists()


def test_quote_without_a_block_is_dropped(client: Client, chapter_text: ChapterText) -> None:
    assert sent(client, chapter_text, quote="Kata orang lain").quote == ""


@pytest.mark.parametrize("step", ["check", "edit"])
def test_hostile_text_shows_as_text(client: Client, chapter_text: ChapterText, step: str) -> None:
    texts = ("body", "rationale", "suggested_wording", "display_name", "organisation", "position")
    answers = filled(**dict.fromkeys(texts, HOSTILE))

    page = post(client, chapter_text, answers, step).content.decode()

    assert HOSTILE not in page
    assert "onerror=alert(2)&gt;" in page


def test_body_of_two_thousand_signs_fits_whatever_its_line_ends(
    client: Client, chapter_text: ChapterText
) -> None:
    body = "a\r\n" * 999 + "bb"

    assert len(sent(client, chapter_text, body=body).body) == 2000


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
    cache.clear()
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


@pytest.mark.parametrize("key", ["", "short", "\x00" * 32, "x" * 5000])
def test_odd_key_is_replaced_by_a_fresh_one(
    client: Client, chapter_text: ChapterText, key: str
) -> None:
    aspiration = sent(client, chapter_text, key=key)

    assert aspiration.submission_key != reference.key_digest(key)


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

    page = client.get(address(chapter_text), headers=ENGLISH).content.decode()

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


def test_flood_from_one_browser_is_stopped_and_loses_no_text(
    client: Client, chapter_text: ChapterText
) -> None:
    for _number in range(robots.LIMITS["session"]):
        assert send(client, chapter_text).status_code == 302

    response = send(client, chapter_text, body="Satu lagi.")

    assert response.status_code == 429
    assert "Please send again in ten minutes." in response.content.decode()
    assert "Satu lagi." in response.content.decode()
    assert Aspiration.objects.count() == robots.LIMITS["session"]


def test_flood_from_one_address_is_stopped_but_not_the_neighbours(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", 3)

    codes = [send(Client(), chapter_text).status_code for _number in range(5)]
    neighbour = send(Client(REMOTE_ADDR="10.1.2.3"), chapter_text)

    assert codes == [302, 302, 302, 429, 429]
    assert neighbour.status_code == 302


def test_forwarded_address_of_a_visitor_is_not_believed(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", 1)

    codes = [
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        .post(address(chapter_text), filled(step="send"))
        .status_code
        for number in range(2)
    ]

    assert codes == [302, 429]


def test_addresses_of_one_household_count_as_one() -> None:
    assert robots.neighbourhood("2001:db8:1:2:3::4") == robots.neighbourhood("2001:db8:1:2::9")
    assert robots.neighbourhood("10.0.0.1") != robots.neighbourhood("10.0.0.2")


# The receipt --------------------------------------------------------------------------------


def test_receipt_shows_code_pin_and_fingerprint_but_shares_no_pin(
    client: Client, chapter_text: ChapterText
) -> None:
    answers = filled()
    post(client, chapter_text, answers, "send")

    page = receipt(client)

    aspiration, pin = Aspiration.objects.get(), reference.pin_for(answers["key"])
    assert f">{aspiration.code}</p>" in page
    assert f">{pin}</p>" in page
    assert aspiration.original_sha256 in page
    share = re.search(r'href="(https://wa.me/[^"]+)"', page)
    assert share
    assert aspiration.code in share[1]
    assert pin not in share[1]
    assert aspiration.check_pin(pin)


def test_receipt_is_never_stored_by_the_browser(client: Client, chapter_text: ChapterText) -> None:
    sent(client, chapter_text)

    assert "no-store" in client.get(reverse("sending:receipt"))["Cache-Control"]


def test_receipt_is_for_the_browser_that_sent(client: Client, chapter_text: ChapterText) -> None:
    sent(client, chapter_text)

    response = Client().get(reverse("sending:receipt"))

    assert response.status_code == 302
    assert response["Location"] == reverse("following:lookup")


def test_receipt_is_shown_only_for_a_while(client: Client, chapter_text: ChapterText) -> None:
    sent(client, chapter_text)
    session = client.session
    session["receipt"] = session["receipt"] | {"until": 1.0}
    session.save()

    assert client.get(reverse("sending:receipt")).status_code == 302


# The broker ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_send_works_while_the_broker_is_away(
    client: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    aspiration = sent(client, chapter_text, contact_email="rina@contoh.id")

    assert aspiration.code in receipt(client)
    assert Event.objects.undelivered().get().aspiration == aspiration
    close_old_connections()


def test_form_asks_the_same_number_of_queries_however_much_was_sent(
    client: Client, chapter_text: ChapterText, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(3):
        factories.make_aspiration(chapter_text)

    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get(address(chapter_text))


def test_ticket_of_a_minute_ago_is_patient_enough() -> None:
    assert not robots.is_too_quick(patient_ticket())
