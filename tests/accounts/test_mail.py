"""Mail that anybody can cause: bounded for each recipient, with links to the public address."""

import re
from smtplib import SMTPRecipientsRefused

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from accounts import invitations
from accounts import mail as portal_mail
from accounts.models import Agency, User
from tests import factories
from tests.accounts.signing_in import ELSEWHERE, ask_for_code, emailed_code, signed_in_as
from tests.mail_server import Sink

SITE = "https://konsultasi.example.go.id"
OTHER_HOST = {"host": "lain.example"}


def reset(client: Client, email: str) -> str:
    answer = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    return answer.content.decode()


def sign_up(client: Client, email: str) -> None:
    client.post(reverse("account_signup"), {"email": email})


@pytest.mark.parametrize("email", ["resident@kalteng.example", "siapa@contoh.id"])
def test_links_for_a_new_password_are_bounded_and_those_sent_stay_good(
    client: Client, resident: User, email: str
) -> None:
    pages = [reset(Client(), email) for _time in range(5)]

    assert len(mail.outbox) == 3
    assert ["Beberapa pesan baru saja" in page for page in pages] == [False] * 3 + [True] * 2


def test_first_of_many_links_for_a_new_password_still_works(client: Client, resident: User) -> None:
    for _time in range(5):
        reset(Client(), resident.email)
    link = re.search(r"\S+/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link

    page = client.get(link.group(), follow=True).content.decode()

    assert 'name="password1"' in page


@pytest.mark.parametrize("email", ["resident@kalteng.example", "baru@contoh.id"])
def test_confirmations_of_a_sign_up_are_bounded(resident: User, email: str) -> None:
    for _time in range(6):
        sign_up(Client(), email)

    assert len(mail.outbox) == 3


def test_newcomer_whose_address_others_used_up_signs_in_with_a_code(db: None) -> None:
    for _time in range(6):
        sign_up(Client(), "baru@contoh.id")
    newcomer = Client(REMOTE_ADDR=ELSEWHERE)

    ask_for_code(newcomer, "baru@contoh.id")
    newcomer.post(reverse("account_confirm_login_code"), {"code": emailed_code()})

    assert signed_in_as(newcomer) == User.objects.get(email="baru@contoh.id").pk


def test_links_for_a_new_password_use_up_no_codes(client: Client, resident: User) -> None:
    for _time in range(5):
        reset(Client(), resident.email)

    ask_for_code(client, resident.email)

    assert len(mail.outbox) == 4
    assert emailed_code()


def test_mails_to_others_go_on(client: Client, resident: User, other_resident: User) -> None:
    for _time in range(5):
        ask_for_code(Client(), resident.email)

    ask_for_code(client, other_resident.email)

    assert mail.outbox[-1].to == [other_resident.email]


@pytest.mark.parametrize("email", ["resident@kalteng.example", "siapa@contoh.id"])
@pytest.mark.parametrize(
    "name", ["account_login", "account_request_login_code", "account_reset_password"]
)
def test_every_link_of_an_account_mail_names_the_public_address(
    client: Client, resident: User, settings: LazySettings, name: str, email: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = SITE, ["*"]

    client.post(reverse(name), {"login": email, "email": email, "way": "code"}, headers=OTHER_HOST)

    assert links() == {SITE}


@pytest.mark.parametrize("email", ["resident@kalteng.example", "baru@contoh.id"])
def test_every_link_of_a_sign_up_mail_names_the_public_address(
    client: Client, resident: User, settings: LazySettings, email: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = SITE, ["*"]

    client.post(reverse("account_signup"), {"email": email}, headers=OTHER_HOST)

    assert links() == {SITE}


def links() -> set[str]:
    """The hosts named anywhere in the one mail that was sent."""
    (message,) = mail.outbox
    words = f"{message.subject}\n{message.body}"
    assert "lain.example" not in words
    return set(re.findall(r"https?://[^/\s]+", words))


def test_mail_for_an_unknown_address_repeats_nothing_that_was_typed(
    client: Client, db: None
) -> None:
    ask_for_code(client, "menang-hadiah-klik-sini@contoh.id")

    (message,) = mail.outbox
    assert "hadiah" not in f"{message.subject}{message.body}"


def test_mail_for_a_known_address_repeats_nothing_that_was_typed(client: Client, db: None) -> None:
    for _time in range(2):
        sign_up(Client(), "korban+menang-hadiah@contoh.id")

    assert [message.subject for message in mail.outbox][1] == "Alamat ini sudah mempunyai akun"
    for message in mail.outbox:
        assert "hadiah" not in f"{message.subject}{message.body}"


def test_composed_mail_has_three_parts_in_the_portal_s_language(
    db: None, administrator: User, client: Client
) -> None:
    client.cookies["django_language"] = "en"
    membership = factories.make_agency("Dinas PU", Agency.Kind.PROVINCIAL, "").invite(
        "baru@contoh.id", role="clerk", by=administrator
    )

    message = invitations.compose(membership)

    assert message.subject == "Anda diundang mewakili Dinas PU"
    assert "Dinas PU" in message.body
    assert str(message.alternatives[0][0]).lstrip().startswith("<!doctype html>")


def test_composed_mail_keeps_the_id_it_is_given(db: None, administrator: User) -> None:
    agency = factories.make_agency("Dinas\nPU", Agency.Kind.PROVINCIAL, "")
    context = {"agency": agency}

    message = portal_mail.compose("invited", to="a@b.id", context=context, message_id="event-1")

    assert message.message()["Message-ID"] == "<event-1@kalteng.example>"
    assert "\n" not in message.subject


# Sending ------------------------------------------------------------------------------------

LONG = "221 " + "bye" * 5000


def letter(administrator: User) -> EmailMultiAlternatives:
    agency = factories.make_agency("Dinas PU", Agency.Kind.PROVINCIAL, "")
    return portal_mail.compose("invited", to="a@b.id", context={"agency": agency})


def test_sent_mail_is_sent_whatever_the_mail_server_says_to_a_goodbye(
    administrator: User, sink: Sink
) -> None:
    sink.bye = LONG

    portal_mail.send(letter(administrator))

    assert [message["To"] for message in sink.messages] == ["a@b.id"]


def test_code_that_was_mailed_is_mailed_whatever_the_mail_server_says_to_a_goodbye(
    client: Client, resident: User, sink: Sink
) -> None:
    sink.bye = LONG

    page = reset(client, resident.email)

    assert [message["To"] for message in sink.messages] == [resident.email]
    assert "tidak menerima" not in page


def test_refusal_is_told_as_it_was_whatever_the_mail_server_says_to_a_goodbye(
    administrator: User, sink: Sink
) -> None:
    sink.refuses, sink.bye = "550 no such mailbox", LONG

    with pytest.raises(SMTPRecipientsRefused):
        portal_mail.send(letter(administrator))


def test_mail_server_that_is_away_is_an_error(
    administrator: User, sink: Sink, settings: LazySettings, unused_tcp_port: int
) -> None:
    settings.EMAIL_PORT = unused_tcp_port

    with pytest.raises(ConnectionRefusedError):
        portal_mail.send(letter(administrator))
