"""Addresses: what no message can reach is refused wherever an address can be typed."""

from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from accounts.addresses import mailbox, validate_address
from accounts.models import Agency, User
from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests import factories
from tests.accounts.signing_in import ask_for_code, emailed_code
from tests.aspirations import sendings

# Django's own check lets each of these pass.
UNREACHABLE = [
    "a@" + "é" * 62 + ".com",
    "x@אa1ב.com",
    "x@\u0378\uffff.com",
    '"a\x01b"@contoh.id',
    '"a b"@contoh.id',
    '"a\\\x0bb"@contoh.id',
    "a@[127.0.0.1]",
    "a@localhost",
    "rina@con\u00adtoh.id",
    "rina@con\u200dtoh.id",
    "rina@contoh\ufe0f.id",
    "b" * 65 + "@contoh.id",
    "b@" + ".".join(["c" * 60] * 5) + ".id",
]


@pytest.mark.parametrize("address", [*UNREACHABLE, "\u212aris@contoh.id"])
def test_unreachable_address_is_none(address: str) -> None:
    with pytest.raises(ValidationError):
        validate_address(address)


@pytest.mark.parametrize(
    "address",
    ["rina@contoh.id", "r.l+a@dinas-pu.kalteng.go.id", "RINA@CONTOH.ID", "a@bücher.id", "o'b@a.id"],
)
def test_reachable_address_can_be_put_on_a_message(address: str) -> None:
    validate_address(address)

    message = EmailMultiAlternatives("Halo", "Halo", to=[address]).message()

    assert str(message["To"]).isascii()


@pytest.mark.parametrize("address", UNREACHABLE)
@pytest.mark.parametrize(
    "name",
    ["account_login", "account_request_login_code", "account_signup", "account_reset_password"],
)
def test_page_for_signing_in_refuses_it_in_words(
    client: Client, db: None, name: str, address: str
) -> None:
    page = client.post(reverse(name), {"login": address, "email": address, "way": "code"})

    assert page.status_code == 200
    assert "alamat" in page.content.decode().lower()
    assert 'aria-invalid="true"' in page.content.decode()
    assert mail.outbox == []
    assert not User.objects.exists()


@pytest.mark.parametrize("address", UNREACHABLE)
def test_it_cannot_be_added_to_an_account(client: Client, resident: User, address: str) -> None:
    client.force_login(resident)

    page = client.post(reverse("account_email"), {"email": address, "action_add": ""})

    assert page.status_code == 200
    assert mail.outbox == []


@pytest.mark.parametrize("address", UNREACHABLE)
def test_it_cannot_be_invited(client: Client, administrator: User, address: str) -> None:
    office = factories.make_agency("Dinas PU", Agency.Kind.PROVINCIAL, "")
    client.force_login(administrator)

    page = client.post(
        reverse("agencies:invite", args=[office.pk]), {"email": address, "role": "clerk"}
    )

    assert page.status_code == 200
    assert mail.outbox == []
    assert not office.memberships.exists()


@pytest.mark.parametrize("address", UNREACHABLE)
def test_it_is_no_address_for_a_reply(
    client: Client, chapter_text: ChapterText, address: str
) -> None:
    page = sendings.check(client, chapter_text, contact_email=address)

    assert "This e-mail address is not complete" in page.content.decode()
    assert not Aspiration.objects.exists()


def test_address_with_a_domain_of_other_letters_gets_its_code(client: Client, db: None) -> None:
    factories.make_user("a@bücher.id")

    ask_for_code(client, "a@bücher.id")

    assert mail.outbox[-1].to == ["a@bücher.id"]
    assert emailed_code()


@pytest.mark.parametrize(
    "written",
    [
        "rina@ｃontoh.id",
        "rina@Ⓒontoh.id",
        "RINA+apa@contoh.id",
        '"rina"@contoh.id',
        '"r\\ina"@contoh.id',
        '"rina+1"@contoh.id',
        "rina@con\u00adtoh.id",
    ],
)
def test_a_mailbox_is_one_however_its_address_is_written(written: str) -> None:
    assert mailbox(written) == "rina@contoh.id"


def test_domain_in_its_two_forms_is_one_mailbox() -> None:
    assert mailbox("a@bücher.id") == mailbox("a@xn--bcher-kva.id")


class RefusingServer(EmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPRecipientsRefused({"x": (550, b"no such user")})


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_request_login_code", "account_signup", "account_reset_password"],
)
def test_mail_server_that_refuses_an_address_is_a_sentence(
    db: None, settings: LazySettings, name: str
) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_addresses.RefusingServer"
    typed = {"login": "a@contoh.id", "email": "a@contoh.id", "way": "code"}

    pages = [Client().post(reverse(name), typed, follow=True) for _time in range(5)]

    for page in pages:
        assert page.status_code == 200
        assert "Server e-mail tidak menerima pesan" in page.content.decode()
    assert "Beberapa pesan baru saja" not in pages[-1].content.decode(), "what failed counts not"
