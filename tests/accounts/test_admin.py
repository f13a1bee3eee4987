"""The administration of people: by verbs, on record, and nobody in two chairs."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.errors import DomainError
from accounts.models import Agency, Membership, User, UserEvent
from tests import factories
from tests.accounts.signing_in import sign_in_by_code, signed_in_as
from tests.languages import in_english

EVENTS = {"events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"}


@pytest.fixture
def admin(administrator: User, sign_in: Callable[[User], Client]) -> Client:
    return in_english(sign_in(administrator))


def save(admin: Client, person: User | None = None, **typed: Any) -> HttpResponse:
    """Press *Save* in the form of a person, or of a new one."""
    name = "change" if person else "add"
    address = reverse(f"admin:accounts_user_{name}", args=[person.pk] if person else [])
    return admin.post(address, EVENTS | typed, follow=True)  # type: ignore[return-value]


def end(admin: Client, member: Membership) -> HttpResponse:
    address = reverse("admin:accounts_membership_delete", args=[member.pk])
    return admin.post(address, {"post": "yes"}, follow=True)  # type: ignore[return-value]


# Roles and memberships ----------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(set(User.Role.values) - {"resident"}))
def test_whoever_acts_for_an_agency_gets_no_other_role(
    agency: Agency, agency_clerk: User, administrator: User, role: str
) -> None:
    with pytest.raises(DomainError, match=r"Pemerintah Kabupaten Kapuas"):
        agency_clerk.change_role(role, by=administrator)

    agency_clerk.refresh_from_db()
    assert agency_clerk.role == User.Role.RESIDENT
    assert not agency_clerk.events.exists()


def test_administration_says_why_a_clerk_becomes_no_planner(
    admin: Client, agency: Agency, agency_clerk: User
) -> None:
    page = save(admin, agency_clerk, name="Sari", role="planner", is_active="on")

    assert "End that first" in page.content.decode()
    agency_clerk.refresh_from_db()
    assert (agency_clerk.role, agency_clerk.name) == ("resident", "Agency Clerk")


def test_clerk_whose_membership_ended_becomes_a_planner_on_record(
    admin: Client, agency: Agency, agency_clerk: User, administrator: User
) -> None:
    end(admin, agency_clerk.membership)
    save(admin, User.objects.get(pk=agency_clerk.pk), name="Sari", role="planner", is_active="on")

    agency_clerk.refresh_from_db()
    assert agency_clerk.role == User.Role.PLANNER
    assert not Membership.objects.filter(user=agency_clerk).exists()
    events = agency_clerk.events.all()
    assert [event.verb for event in events] == ["left", "role_changed"]
    assert {event.by for event in events} == {administrator}


def test_several_memberships_end_on_record(admin: Client, agency: Agency) -> None:
    keys = list(agency.memberships.values_list("pk", flat=True))

    admin.post(
        reverse("admin:accounts_membership_changelist"),
        {"action": "delete_selected", "_selected_action": keys, "post": "yes"},
    )

    assert not agency.memberships.exists()
    assert UserEvent.objects.filter(verb=UserEvent.Verb.LEFT).count() == len(keys) == 2


@pytest.mark.parametrize("way", ["add", "change"])
def test_membership_begins_only_by_an_invitation(
    admin: Client, agency: Agency, agency_clerk: User, planner: User, way: str
) -> None:
    args = [agency_clerk.membership.pk] if way == "change" else []
    typed = {"user": planner.pk, "agency": agency.pk, "role": "head"}

    answer = admin.post(reverse(f"admin:accounts_membership_{way}", args=args), typed)

    assert answer.status_code == 403
    assert not Membership.objects.filter(user=planner).exists()


def test_invitation_is_on_record(agency: Agency, resident: User, administrator: User) -> None:
    agency.invite(resident.email, role="clerk", by=administrator)

    (event,) = resident.events.all()
    assert (event.verb, event.by, event.text) == ("joined", administrator, agency.short_name)


# Addresses ----------------------------------------------------------------------------------


def test_new_person_is_added_and_signs_in_by_code(admin: Client, administrator: User) -> None:
    save(admin, email="Perencana@Contoh.ID", name="Wati", role="planner", is_active="on")

    person = User.objects.get(email="perencana@contoh.id")
    assert (person.role, person.name) == ("planner", "Wati")
    assert EmailAddress.objects.get(user=person).email == person.email
    assert [event.verb for event in person.events.all()] == ["role_changed"]
    client = Client()
    sign_in_by_code(client, person)
    assert signed_in_as(client) == person.pk


def test_nobody_s_address_is_changed_for_them(admin: Client, resident: User) -> None:
    save(admin, resident, email="orang.lain@contoh.id", name="R", role="resident", is_active="on")

    resident.refresh_from_db()
    assert (resident.email, resident.name) == ("resident@kalteng.example", "R")


@pytest.mark.parametrize("email", ["RESIDENT@kalteng.example", '"a b"@contoh.id', ""])
def test_address_that_cannot_be_added_is_refused_in_words(
    admin: Client, resident: User, email: str
) -> None:
    page = save(admin, email=email, name="", role="resident", is_active="on")

    assert 'class="errornote"' in page.content.decode()
    assert User.objects.count() == 2


# The way out --------------------------------------------------------------------------------


def test_signing_out_of_the_administration_is_signing_out(admin: Client) -> None:
    answer = admin.post(reverse("admin:logout"))

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Location"] == reverse("home")
    assert signed_in_as(admin) is None


def test_link_to_the_way_out_signs_nobody_out(admin: Client, administrator: User) -> None:
    assert admin.get(reverse("admin:logout")).status_code == 405
    assert signed_in_as(admin) == administrator.pk


@pytest.mark.parametrize("deed", ["UPDATE {} SET text = 'lain'", "DELETE FROM {}"])
def test_database_refuses_to_change_what_was_recorded_of_an_account(
    resident: User, administrator: User, deed: str
) -> None:
    resident.disable(by=administrator)

    with (
        pytest.raises(IntegrityError, match="is final"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(deed.format("accounts_userevent"))


def test_nobody_is_deleted(admin: Client, resident: User) -> None:
    address = reverse("admin:accounts_user_delete", args=[resident.pk])

    assert admin.post(address, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=resident.pk).exists()


# Two at once --------------------------------------------------------------------------------


def at_once(*presses: Callable[[], Any]) -> list[Any]:
    """The answers to requests that start together."""
    together = threading.Barrier(len(presses))
    answers: list[Any] = [None] * len(presses)

    def run(place: int) -> None:
        together.wait(timeout=10)
        answers[place] = presses[place]()
        connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(presses))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_administrators_who_demote_each_other_wait_for_each_other_in_one_order(
    transactional_db: Any, administrator: User, sign_in: Callable[[User], Client]
) -> None:
    other = factories.make_user("lain@kalteng.example", User.Role.ADMINISTRATOR)
    pairs = [(administrator, other), (other, administrator)]

    for _round in range(5):
        User.objects.update(role=User.Role.ADMINISTRATOR)
        presses = [partial(one.change_role, User.Role.RESIDENT, by=two) for one, two in pairs]
        at_once(*presses)  # a deadlock would be raised in the thread and fail the test

    assert UserEvent.objects.count() == 10


def test_person_added_by_two_administrators_at_once_exists_once(
    transactional_db: Any, administrator: User, sign_in: Callable[[User], Client]
) -> None:
    clients = [in_english(sign_in(administrator)) for _number in range(2)]
    typed = {"email": "baru@contoh.id", "name": "", "role": "planner", "is_active": "on"}

    answers = at_once(*(lambda client=client: save(client, **typed) for client in clients))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert User.objects.filter(email="baru@contoh.id").count() == 1


def test_address_that_is_somebody_s_second_one_is_not_given_to_another(
    admin: Client, resident: User
) -> None:
    EmailAddress.objects.create(user=resident, email="kedua@contoh.id", verified=True)

    page = save(admin, email="kedua@contoh.id", name="", role="planner", is_active="on")

    assert "Somebody has this address already" in page.content.decode()
    assert not User.objects.filter(email="kedua@contoh.id").exists()
