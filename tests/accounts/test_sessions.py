"""How long a sign-in lasts, what ends it, and what it leaves on the phone."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.errors import DomainError
from accounts.models import User, UserEvent
from accounts.tasks import clear_sessions
from tests.accounts.signing_in import (
    give_password,
    sign_in_by_code,
    sign_in_by_password,
    signed_in_as,
)

HOUR = 3600
Door = Callable[[User], Client]


def is_in(client: Client) -> bool:
    """Whether the next request still finds somebody signed in."""
    return client.get(reverse("account_email")).status_code == 200


def age(client: Client, *, began: float = 0, seen: float = 0) -> None:
    """Let the sign-in be that many seconds older."""
    session = client.session
    session[sessions.BEGAN] -= began
    session[sessions.SEEN] -= seen
    session.save()


# What ends them -----------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["role", "disable"])
def test_verbs_end_every_sign_in_and_say_who_did_it(
    resident: User, administrator: User, act: str
) -> None:
    phone, laptop = Client(), Client()
    give_password(resident)
    for client in (phone, laptop):
        sign_in_by_password(client, resident)
    assert is_in(phone)

    if act == "role":
        resident.change_role(User.Role.PLANNER, by=administrator)
    else:
        resident.disable(by=administrator)

    assert not is_in(phone)
    assert not is_in(laptop)
    event = UserEvent.objects.get(user=resident)
    assert event.by == administrator
    assert event.text == ("resident → planner" if act == "role" else "")


def test_account_enabled_again_does_not_bring_old_sign_ins_back(
    resident: User, administrator: User
) -> None:
    client = Client()
    sign_in_by_password(client, give_password(resident))
    resident.disable(by=administrator)
    resident.enable(by=administrator)

    assert not is_in(client)
    assert [event.verb for event in resident.events.all()] == ["disabled", "enabled"]


def test_role_changed_past_the_verbs_ends_sign_ins_too(resident: User, sign_in: Door) -> None:
    client = sign_in(resident)
    assert is_in(client)

    User.objects.filter(pk=resident.pk).update(role=User.Role.PLANNER)

    assert not is_in(client)


def test_same_role_again_changes_and_ends_nothing(
    resident: User, administrator: User, sign_in: Door
) -> None:
    client = sign_in(resident)

    resident.change_role(User.Role.RESIDENT, by=administrator)
    resident.enable(by=administrator)

    assert is_in(client)
    assert not resident.events.exists()


def test_role_that_does_not_exist_is_refused(resident: User, administrator: User) -> None:
    with pytest.raises(DomainError):
        resident.change_role("emperor", by=administrator)


@pytest.mark.parametrize(
    ("typed", "verbs"),
    [
        ({"role": "planner", "is_active": "on"}, ["role_changed"]),
        ({"role": "resident"}, ["disabled"]),
        ({"role": "planner"}, ["role_changed", "disabled"]),
        ({"role": "resident", "is_active": "on"}, []),
    ],
)
def test_admin_changes_roles_by_the_verbs(
    resident: User,
    administrator: User,
    sign_in: Door,
    typed: dict[str, str],
    verbs: list[str],
) -> None:
    client, desk = sign_in(resident), sign_in(administrator)
    page = reverse("admin:accounts_user_change", args=[resident.pk])

    answer = desk.post(page, {"email": resident.email, "name": "Nama Baru"} | FORMSET | typed)

    assert answer.status_code == 302, answer.content.decode()
    resident.refresh_from_db()
    assert (resident.name, resident.role) == ("Nama Baru", typed["role"])
    assert [event.verb for event in resident.events.all()] == verbs
    assert {event.by for event in resident.events.all()} <= {administrator}
    assert is_in(client) is not bool(verbs)


FORMSET = {"events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"}


def test_admin_makes_an_account_with_a_role_on_record(administrator: User, sign_in: Door) -> None:
    typed = {"email": "baru@contoh.id", "name": "Baru", "role": "planner", "is_active": "on"}

    sign_in(administrator).post(reverse("admin:accounts_user_add"), typed | FORMSET)

    made = User.objects.get(email="baru@contoh.id")
    assert (made.role, made.is_active) == ("planner", True)
    assert made.events.get().text == "resident → planner"


def test_admin_cannot_take_away_the_own_role(administrator: User, sign_in: Door) -> None:
    page = reverse("admin:accounts_user_change", args=[administrator.pk])
    typed = {"email": administrator.email, "name": "Saya", "role": "resident"}

    sign_in(administrator).post(page, typed | FORMSET)

    administrator.refresh_from_db()
    assert (administrator.name, administrator.role) == ("Saya", "administrator")
    assert administrator.is_active


# How long they last -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "stays"),
    [
        ({"began": 11.9 * HOUR}, True),
        ({"began": 12.1 * HOUR}, False),
        ({"began": 0.9 * HOUR, "seen": 0.9 * HOUR}, True),
        ({"began": 1.1 * HOUR, "seen": 1.1 * HOUR}, False),
    ],
)
def test_staff_sign_in_again_after_half_a_day_or_an_idle_hour(
    planner: User, sign_in: Door, older: dict[str, float], stays: bool
) -> None:
    client = sign_in(planner)
    assert is_in(client)

    age(client, **older)

    assert is_in(client) is stays


def test_staff_who_keep_working_stay_signed_in(planner: User, sign_in: Door) -> None:
    client = sign_in(planner)
    is_in(client)

    for _time in range(3):
        age(client, began=0.8 * HOUR, seen=0.8 * HOUR)
        assert is_in(client)

    assert time.time() - client.session[sessions.SEEN] < 60


def test_staff_whose_session_is_over_are_told_so_and_led_back(planner: User, sign_in: Door) -> None:
    client = sign_in(planner)
    is_in(client)
    age(client, began=13 * HOUR)

    answer = client.get(reverse("moderating:queue"), follow=True)

    assert answer.redirect_chain[0][0].endswith(f"?next={reverse('moderating:queue')}")
    assert "Anda dikeluarkan demi keamanan." in answer.content.decode()
    assert signed_in_as(client) is None


def test_residents_stay_signed_in_for_two_weeks(resident: User, settings: Any) -> None:
    client = Client()
    sign_in_by_code(client, resident)

    assert client.cookies["sessionid"]["max-age"] == 14 * 24 * HOUR
    assert sessions.BEGAN not in client.session


# What they leave behind ---------------------------------------------------------------------


def test_signing_out_clears_pages_and_drafts_from_the_phone(resident: User, sign_in: Door) -> None:
    client = sign_in(resident)

    answer = client.post(reverse("account_logout"))

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert client.cookies["sessionid"].value == ""


def test_other_pages_clear_nothing(resident: User, sign_in: Door, planner: User) -> None:
    client, desk = sign_in(resident), sign_in(planner)
    is_in(desk)
    age(desk, began=13 * HOUR)

    assert not client.get(reverse("account_logout")).has_header("Clear-Site-Data")
    assert not Client().post(reverse("account_logout")).has_header("Clear-Site-Data")
    # Whoever is signed out by the clock has perhaps something half written.
    assert not desk.get(reverse("desk")).has_header("Clear-Site-Data")


def test_what_was_noted_of_a_sign_in_goes_with_it(resident: User, other_resident: User) -> None:
    for person in (resident, other_resident):
        sign_in_by_password(Client(), give_password(person))
    Session.objects.filter(session_key=UserSession.objects.get(user=resident).session_key).update(
        expire_date=timezone.now() - timedelta(days=1)
    )
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(days=14))

    clear_sessions()

    assert UserSession.objects.get().user == other_resident
    assert Session.objects.count() == 1


def test_sign_in_that_begins_now_stays_noted(resident: User) -> None:
    sign_in_by_password(Client(), give_password(resident))
    Session.objects.all().delete()

    clear_sessions()

    assert UserSession.objects.filter(user=resident).exists()
