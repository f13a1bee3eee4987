"""Whoever guesses passwords or mailed codes is slowed down; the owner is not kept out."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import robots
from accounts.models import Tally, User
from tests.accounts.signing_in import (
    ELSEWHERE,
    PASSWORD,
    ask_for_code,
    emailed_code,
    give_password,
    sign_in_by_code,
    sign_in_by_password,
    signed_in_as,
    type_code,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WRONG = "salah-sama-sekali"


def guess(client: Client, user: User, times: int) -> None:
    for _time in range(times):
        sign_in_by_password(client, user, WRONG)


# Passwords ----------------------------------------------------------------------------------


def test_guesser_of_a_password_is_refused_even_with_the_right_one(
    client: Client, resident: User
) -> None:
    give_password(resident)
    guess(client, resident, 5)

    answer = sign_in_by_password(client, resident)

    assert signed_in_as(client) is None
    assert "error-summary" in answer.content.decode()


def test_owner_signs_in_from_elsewhere_while_the_guesser_is_refused(
    client: Client, resident: User
) -> None:
    give_password(resident)
    guess(client, resident, 30)
    owner = Client(REMOTE_ADDR=ELSEWHERE)

    sign_in_by_password(owner, resident)

    assert signed_in_as(owner) == resident.pk


def test_neighbours_of_a_guesser_sign_in_to_their_own_accounts(
    client: Client, resident: User, other_resident: User
) -> None:
    give_password(other_resident)
    guess(client, resident, 10)

    sign_in_by_password(client, other_resident)

    assert signed_in_as(client) == other_resident.pk


def test_guesser_has_twenty_tries_a_day(client: Client, resident: User) -> None:
    give_password(resident)
    for _time in range(4):
        guess(client, resident, 5)
        Tally.objects.filter(until__lt=timezone.now() + timedelta(hours=1)).delete()

    sign_in_by_password(client, resident)

    assert signed_in_as(client) is None


def test_guesser_of_many_accounts_is_refused_by_the_address(
    client: Client, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "wrong-password", ((3, robots.MINUTES),))
    for number in range(3):
        unknown = User(email=f"orang{number}@contoh.id")
        sign_in_by_password(client, unknown, WRONG)

    sign_in_by_password(client, give_password(resident))

    assert signed_in_as(client) is None


def test_right_passwords_use_up_no_tries(resident: User) -> None:
    give_password(resident)

    for _time in range(7):
        client = Client()
        sign_in_by_password(client, resident)
        assert signed_in_as(client) == resident.pk


def test_new_password_works_at_once_after_many_wrong_ones(client: Client, resident: User) -> None:
    give_password(resident)
    guess(client, resident, 6)
    client.post(reverse("account_reset_password"), {"email": resident.email})
    link = next(
        word for word in str(mail.outbox[-1].body).split() if "/password/reset/key/" in word
    )
    page = client.get(link, follow=True)
    chosen = {"password1": PASSWORD * 2, "password2": PASSWORD * 2}
    client.post(page.redirect_chain[-1][0], chosen)

    sign_in_by_password(client, resident, PASSWORD * 2)

    assert signed_in_as(client) == resident.pk


def test_addresses_in_ipv6_s_clothes_are_counted_one_by_one(
    resident: User, settings: LazySettings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip"}
    give_password(resident)
    guess(Client(REMOTE_ADDR="::ffff:10.0.0.1"), resident, 3)
    owner = Client(REMOTE_ADDR="::ffff:10.0.0.2")

    sign_in_by_password(owner, resident)

    assert signed_in_as(owner) == resident.pk


def test_second_step_is_held_for_whoever_has_the_first(client: Client, planner: User) -> None:
    TOTP.activate(give_password(planner), SECRET)
    sign_in_by_password(client, planner)

    pages = [
        client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
        for _time in range(9)
    ]

    assert ["Terlalu banyak" in page for page in pages] == [False] * 8 + [True]


# Mailed codes -------------------------------------------------------------------------------


def test_stranger_who_asks_for_codes_floods_no_mailbox_and_keeps_nobody_out(
    resident: User,
) -> None:
    for _time in range(10):
        ask_for_code(Client(), resident.email)
    assert len(mail.outbox) == 3
    owner = Client(REMOTE_ADDR=ELSEWHERE)

    page = ask_for_code(owner, resident.email).content.decode()
    type_code(owner, emailed_code())

    assert len(mail.outbox) == 3
    assert "Beberapa pesan baru saja dikirim ke alamat ini" in page
    assert signed_in_as(owner) == resident.pk


def test_stranger_learns_from_no_limit_whether_an_address_is_known(
    client: Client, resident: User
) -> None:
    known = [ask_for_code(Client(), resident.email).content.decode() for _time in range(5)]
    unknown = [ask_for_code(Client(), "siapa@contoh.id").content.decode() for _time in range(5)]

    said = ["Beberapa pesan baru saja" in page for page in known]
    assert said == ["Beberapa pesan baru saja" in page for page in unknown]
    assert said == [False] * 3 + [True] * 2


def test_tag_in_an_address_makes_no_second_mailbox(db: None) -> None:
    for number in range(5):
        ask_for_code(Client(), f"siapa+{number}@contoh.id")

    assert len(mail.outbox) == 3


def test_owner_who_signs_in_often_gets_a_code_each_time(resident: User) -> None:
    for _time in range(6):
        client = Client()
        sign_in_by_code(client, resident)
        assert signed_in_as(client) == resident.pk


def test_mailed_code_works_once(client: Client, resident: User) -> None:
    ask_for_code(client, resident.email)
    code = emailed_code()
    second = Client()
    ask_for_code(second, resident.email)

    type_code(client, code)
    type_code(second, code)

    assert signed_in_as(client) == resident.pk
    assert signed_in_as(second) is None


def test_mailed_code_ends_after_an_hour(client: Client, resident: User) -> None:
    ask_for_code(client, resident.email)
    Tally.objects.update(until=timezone.now())

    type_code(client, emailed_code())

    assert signed_in_as(client) is None


def test_mailed_code_of_another_purpose_signs_nobody_in(
    client: Client, resident: User, other_resident: User
) -> None:
    other = Client()
    ask_for_code(other, other_resident.email)
    code = emailed_code()
    ask_for_code(client, resident.email)

    type_code(client, code)

    assert signed_in_as(client) is None


def test_guesser_of_mailed_codes_is_refused_and_the_owner_is_not(resident: User) -> None:
    for _time in range(3):
        client = Client()
        ask_for_code(client, resident.email)
        for _guess in range(2):
            type_code(client, "BBBB-CCCC")
    owner = Client(REMOTE_ADDR=ELSEWHERE)
    ask_for_code(owner, resident.email)

    type_code(client, emailed_code())
    type_code(owner, emailed_code())

    assert signed_in_as(client) is None
    assert signed_in_as(owner) == resident.pk


@pytest.mark.parametrize("asked", ["account_login", "account_request_login_code"])
def test_code_for_an_unknown_address_is_refused(client: Client, db: None, asked: str) -> None:
    client.post(reverse(asked), {"login": "siapa@contoh.id", "email": "siapa@contoh.id"})

    type_code(client, "BBBB-CCCC")

    assert signed_in_as(client) is None


def test_new_password_of_one_account_gives_a_guesser_no_further_tries(
    resident: User, other_resident: User
) -> None:
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    for number in range(61):
        form = {"login": f"korban{number}@contoh.id", "password": "x" * 12, "way": "password"}
        guesser.post(reverse("account_login"), form)
    own = Client(REMOTE_ADDR=ELSEWHERE)
    own.force_login(give_password(other_resident))
    change = {
        "oldpassword": PASSWORD,
        "password1": "jalan-kota-2031",
        "password2": "jalan-kota-2031",
    }
    own.post(reverse("account_change_password"), change)

    sign_in_by_password(guesser, give_password(resident))

    assert signed_in_as(guesser) is None
