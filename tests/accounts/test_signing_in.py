"""Signing in, the second step that staff need, and ending one's own logins."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.signing_in import (
    PASSWORD,
    ask_for_code,
    emailed_code,
    give_password,
    sign_in_by_code,
    sign_in_by_password,
    signed_in_as,
    type_code,
)
from tests.conftest import STAFF

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STAFF_PAGE = {
    "planner": "moderating:queue",
    "lead_planner": "drafting:cycles",
    "official": "reporting:reports",
    "administrator": "agencies:agencies",
}


def app_code() -> str:
    """What the authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(SECRET, counter))


# Signing in -------------------------------------------------------------------------------


def test_login_by_code_needs_no_password(client: Client, resident: User) -> None:
    answer = sign_in_by_code(client, resident)

    assert answer.status_code == 302
    assert signed_in_as(client) == resident.pk


def test_login_code_of_one_person_does_not_sign_in_another(
    client: Client, resident: User, other_resident: User
) -> None:
    client.post(reverse("account_login"), {"login": resident.email, "way": "code"})
    code = emailed_code()
    thief = Client()
    thief.post(reverse("account_login"), {"login": other_resident.email, "way": "code"})
    thief.post(reverse("account_confirm_login_code"), {"code": code})

    assert signed_in_as(thief) is None


def test_login_by_code_with_an_unknown_address_looks_the_same(
    client: Client, resident: User
) -> None:
    known = client.post(reverse("account_login"), {"login": resident.email, "way": "code"})
    unknown = Client().post(
        reverse("account_login"), {"login": "siapa@kapuas.example", "way": "code"}
    )

    assert known["Location"] == unknown["Location"]
    assert mail.outbox[-1].to == ["siapa@kapuas.example"]
    assert reverse("account_signup") in str(mail.outbox[-1].body)


def test_login_by_password_signs_in_at_once(client: Client, resident: User) -> None:
    sign_in_by_password(client, give_password(resident))

    assert signed_in_as(client) == resident.pk
    assert not mail.outbox


def test_login_by_a_wrong_password_keeps_the_address_typed(client: Client, resident: User) -> None:
    page = sign_in_by_password(client, give_password(resident), "salah-sama-sekali").content

    assert signed_in_as(client) is None
    assert f'value="{resident.email}"' in page.decode()
    assert "error-summary" in page.decode()


def test_login_by_an_empty_password_asks_for_it_and_sends_no_code(
    client: Client, resident: User
) -> None:
    page = sign_in_by_password(client, give_password(resident), "").content.decode()

    assert 'id="id_password_error"' in page
    assert not mail.outbox


def test_login_says_once_what_is_wrong_with_an_address(client: Client, db: None) -> None:
    page = client.post(reverse("account_login"), {"login": "budi", "way": "code"})

    assert len(page.context["form"].errors["login"]) == 1


@pytest.mark.parametrize("bad", ["bukan alamat", "a\x00b@kapuas.example", "x" * 5000, ""])
def test_login_with_a_bad_address_gets_a_sentence(client: Client, db: None, bad: str) -> None:
    answer = client.post(reverse("account_login"), {"login": bad, "way": "code"})

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert not mail.outbox


def test_staff_begin_at_their_desk_and_residents_at_home(resident: User, planner: User) -> None:
    landings = {
        user: sign_in_by_password(Client(), give_password(user))["Location"]
        for user in (resident, planner)
    }

    assert landings == {resident: "/", planner: reverse("desk")}


def test_login_goes_back_only_to_a_page_of_this_site(client: Client, resident: User) -> None:
    give_password(resident)
    form = {"login": resident.email, "password": PASSWORD, "next": "https://elsewhere.example/"}
    answer = client.post(reverse("account_login"), form)

    assert "elsewhere" not in answer["Location"]


def test_address_is_proven_by_the_code_that_a_sign_in_by_password_asked_for(
    client: Client, resident: User
) -> None:
    """Somebody closed the page of their sign-up, and chose a password later."""
    EmailAddress.objects.filter(user=resident).update(verified=False)
    sign_in_by_password(client, give_password(resident))
    assert signed_in_as(client) is None

    client.post(reverse("account_email_verification_sent"), {"code": emailed_code()})

    assert EmailAddress.objects.get(user=resident).verified
    sign_in_by_password(client, resident)
    assert signed_in_as(client) == resident.pk


@pytest.mark.parametrize("minutes", [4, 59])
def test_page_waits_for_its_code_as_long_as_the_code_is_good(
    client: Client, resident: User, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_code(client, resident.email)
    then = time.time()
    monkeypatch.setattr(time, "time", lambda: then + minutes * 60)

    type_code(client, emailed_code())

    assert signed_in_as(client) == resident.pk


# The second step --------------------------------------------------------------------------


@pytest.mark.parametrize("role", STAFF)
def test_staff_without_a_second_step_reach_no_staff_page(
    role: str, request: pytest.FixtureRequest, sign_in: Callable[[User], Client], settings: Any
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    client = sign_in(request.getfixturevalue(role))

    for name in ("desk", STAFF_PAGE[role]):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.get("Location")) == (302, reverse("mfa_index"))


@pytest.mark.parametrize("role", STAFF)
def test_staff_with_an_app_reach_their_pages(
    role: str, request: pytest.FixtureRequest, sign_in: Callable[[User], Client], settings: Any
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    user = request.getfixturevalue(role)
    TOTP.activate(user, SECRET)
    client = sign_in(user)

    assert client.get(reverse("desk")).status_code == 200
    assert client.get(reverse(STAFF_PAGE[role])).status_code == 200


def test_exemption_opens_staff_pages_only_for_the_named_and_never_in_production(
    planner: User, sign_in: Callable[[User], Client], settings: LazySettings
) -> None:
    client = sign_in(planner)

    settings.MFA_EXEMPT_EMAILS = ["someone.else@kalteng.example"]
    assert client.get(reverse("desk")).status_code == 302
    settings.MFA_EXEMPT_EMAILS = [planner.email]
    assert client.get(reverse("desk")).status_code == 200
    settings.PRODUCTION = True
    assert client.get(reverse("desk")).status_code == 302


@pytest.mark.parametrize("way", [sign_in_by_password, sign_in_by_code])
def test_staff_with_an_app_are_asked_for_its_code_after_either_way_in(
    way: Callable[[Client, User], Any], client: Client, planner: User
) -> None:
    TOTP.activate(give_password(planner), SECRET)

    answer = way(client, planner)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert signed_in_as(client) is None
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert signed_in_as(client) is None
    client.post(reverse("mfa_authenticate"), {"code": app_code()})
    assert signed_in_as(client) == planner.pk


def test_setting_up_an_app_gives_recovery_codes_and_opens_the_desk(
    client: Client, planner: User, settings: LazySettings
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    sign_in_by_code(client, planner)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', page)
    assert secret
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret.group(1), counter))

    client.post(reverse("mfa_activate_totp"), {"code": code})

    kinds = set(Authenticator.objects.filter(user=planner).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert client.get(reverse("desk")).status_code == 200
    codes = Authenticator.objects.get(user=planner, type="recovery_codes").wrap()
    assert len(codes.get_unused_codes()) == 10


def test_setting_up_an_app_ends_the_sign_ins_that_did_without_it(
    client: Client,
    planner: User,
    settings: LazySettings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    elsewhere = Client()
    sign_in_by_code(elsewhere, planner)
    sign_in_by_code(client, planner)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', page)
    assert secret
    counter = next(iter(yield_hotp_counters_from_time()))

    code = format_hotp_value(hotp_value(secret.group(1), counter))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code})

    assert signed_in_as(client) == planner.pk
    assert signed_in_as(elsewhere) is None


# The admin --------------------------------------------------------------------------------


def test_admin_sends_visitors_to_the_login_of_the_portal(client: Client, db: None) -> None:
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_admin_has_no_login_of_its_own(
    administrator: User, other_resident: User, sign_in: Callable[[User], Client]
) -> None:
    form = {"username": give_password(administrator).email, "password": PASSWORD}

    for client in (Client(), sign_in(other_resident)):
        before = signed_in_as(client)
        client.post(reverse("admin:login"), form)
        assert signed_in_as(client) == before


def test_admin_is_closed_to_an_administrator_without_a_second_step(
    administrator: User, sign_in: Callable[[User], Client], settings: LazySettings
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    client = sign_in(administrator)
    answer = client.get(reverse("admin:accounts_user_changelist"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_index")

    TOTP.activate(administrator, SECRET)
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 200


@pytest.mark.parametrize("role", ["resident", "planner", "lead_planner", "official"])
def test_admin_is_closed_to_everyone_else(
    role: str, request: pytest.FixtureRequest, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(request.getfixturevalue(role))

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


# One's own logins -------------------------------------------------------------------------


def test_sessions_are_listed_with_the_device_in_words(client: Client, resident: User) -> None:
    phone = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
    laptop = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"})
    handheld = Client(headers={"user-agent": phone})
    give_password(resident)
    for each in (laptop, handheld):
        sign_in_by_password(each, resident)

    page = laptop.get(reverse("usersessions_list")).content.decode()

    assert "Chrome · Android" in page
    assert "Firefox · Windows" in page


def test_ending_other_sessions_signs_them_out_and_keeps_this_one(resident: User) -> None:
    here, elsewhere = Client(), Client()
    give_password(resident)
    sign_in_by_password(here, resident)
    sign_in_by_password(elsewhere, resident)

    here.post(reverse("usersessions_list"))

    assert here.get(reverse("account_email")).status_code == 200
    assert elsewhere.get(reverse("account_email")).status_code == 302


def test_sessions_of_another_person_are_not_listed(resident: User, other_resident: User) -> None:
    mine, theirs = Client(), Client(headers={"user-agent": "SecretPhone Safari iPad"})
    sign_in_by_password(mine, give_password(resident))
    sign_in_by_password(theirs, give_password(other_resident))

    assert "iPad" in theirs.get(reverse("usersessions_list")).content.decode()
    assert "iPad" not in mine.get(reverse("usersessions_list")).content.decode()
