"""Sending an aspiration: the form, the check, what is kept, the receipt."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from aspirations import reference
from aspirations.models import Aspiration, Channel, Receipt
from consultations.models import Chapter, ChapterText, Priority
from tests import factories
from tests.aspirations.followings import remembered
from tests.aspirations.sendings import (
    address,
    check,
    filled,
    paragraph,
    post,
    receipt,
    sent,
)
from tests.languages import in_english

# The form -----------------------------------------------------------------------------------


def test_form_quotes_the_words_of_the_chosen_block(
    client: Client, chapter_text: ChapterText
) -> None:
    block = paragraph(chapter_text)

    page = in_english(client).get(address(chapter_text), {"blok": str(block.block_id)})

    assert f">{block.plain}</blockquote>" in page.content.decode()
    assert f'name="block" value="{block.block_id}"' in page.content.decode()


def test_form_is_there_exactly_when_the_chapter_can_be_read(
    client: Client, chapter_text: ChapterText
) -> None:
    names = ("reading:chapter", "sending:form")
    place = [chapter_text.draft.consultation.slug, chapter_text.chapter.number]

    before = [client.get(reverse(name, args=place)).status_code for name in names]
    Chapter.objects.filter(pk=chapter_text.chapter_id).update(retired_at=timezone.now())
    after = [client.get(reverse(name, args=place)).status_code for name in names]

    assert (before, after) == ([200, 200], [404, 404])


@pytest.mark.parametrize("asked", ["nonsense", "3b241101-e2bb-4255-8caf-4136c566a962"])
def test_form_says_that_an_unknown_block_is_gone(
    client: Client, chapter_text: ChapterText, asked: str
) -> None:
    page = in_english(client).get(address(chapter_text), {"blok": asked}).content.decode()

    assert "about the whole chapter" in page
    assert 'name="block"' not in page


@pytest.mark.parametrize(
    "path",
    [
        "/aspirasi/kirim/unknown/bab/1/",
        "/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/2/",
        "/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/99999999999999999999/",
        "/aspirasi/kirim/wilayah/61.01/",
        "/aspirasi/kirim/wilayah/62%ff/",
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


def test_form_asks_the_same_number_of_queries_however_much_was_sent(
    client: Client, chapter_text: ChapterText, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(3):
        factories.make_aspiration(chapter_text)

    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get(address(chapter_text))


# The check ----------------------------------------------------------------------------------


def test_check_shows_everything_and_keeps_nothing_yet(
    client: Client, chapter_text: ChapterText
) -> None:
    response = check(client, chapter_text, district="62.03.01", contact_email="rina@contoh.id")

    page = response.content.decode()
    assert "Mohon dermaga desa kami dibangun kembali." in page
    assert "rina@contoh.id" in page
    assert response["Cache-Control"] == "private, no-cache"  # no-store: "back" would lose it
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
    assert aspiration.author.contact_phone == "+6281234567890"
    assert aspiration.consent_publish
    assert not aspiration.author.show_name
    assert aspiration.author.consent_version
    assert (aspiration.author.account, aspiration.entered_by, aspiration.agency) == (
        None,
        None,
        None,
    )
    assert aspiration.channel == Channel.WEB


def test_send_in_ones_own_name(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText
) -> None:
    aspiration = sent(sign_in(resident), chapter_text)

    assert aspiration.author.account == resident
    assert aspiration.events.get().by is None, "who it was stands in the author's row alone"


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
    assert aspiration.author.account == agency_clerk
    assert aspiration.stakeholder_group == agency.kind
    assert aspiration.author.organisation == agency.name
    assert aspiration.channel == channel


def test_send_by_a_field_operator_belongs_to_nobodys_account(
    sign_in: Callable[[User], Client], field_operator: User, chapter_text: ChapterText
) -> None:
    aspiration = sent(sign_in(field_operator), chapter_text)

    assert aspiration.author.account is None
    assert aspiration.entered_by == field_operator
    assert aspiration.channel == Channel.ASSISTED


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
    assert Receipt.objects.opened_by(aspiration.code, pin).get().aspiration == aspiration


def test_receipt_leaves_no_secret_in_the_database_or_the_cookie(
    client: Client, chapter_text: ChapterText
) -> None:
    answers = filled()
    post(client, chapter_text, answers, "send")
    receipt(client)

    assert not Session.objects.exists()
    assert Receipt.objects.filter(key_digest=answers["key"]).count() == 0
    said = remembered(client)
    assert said["receipts"][0]["code"] == Aspiration.objects.get().code
    assert reference.pin_for(answers["key"]) not in json.dumps(said)


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
    (kept,) = remembered(client)["receipts"]
    remembered(client, receipts=[kept | {"until": 1.0}])

    assert client.get(reverse("sending:receipt")).status_code == 302
