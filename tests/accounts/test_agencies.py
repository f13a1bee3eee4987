"""Agencies and invitations, as the administrator sees them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Agency, Membership, User
from tests import factories
from tests.languages import in_english

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def office(db: None) -> Agency:
    return factories.make_agency("Dinas Pekerjaan Umum", Agency.Kind.PROVINCIAL, "")


@pytest.fixture
def desk(administrator: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(administrator)


def text(response: Any) -> str:
    return response.content.decode()


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


def invite(desk: Client, office: Agency, **data: str) -> Any:
    typed = {"email": "baru@contoh.id", "role": "clerk"} | data
    return in_english(desk).post(reverse("agencies:invite", args=[office.pk]), typed)


def sign_in_by_code(email: str) -> Client:
    """Ask for a code, read it from the mail and type it, as the invited person does."""
    cache.clear()
    client = Client()
    asked = client.post(reverse("account_request_login_code"), {"email": email})
    code = re.search(r"^([A-Z0-9-]{6,12})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    client.post(asked["Location"], {"code": code[1]})
    return client


# The list ----------------------------------------------------------------------------------


def test_list_counts_the_people_of_each_agency(desk: Client, agency: Agency) -> None:
    page = in_english(desk).get(reverse("agencies:agencies")).context["page"]

    assert {row.name: row.people for row in page}[agency.name] == 2


@pytest.mark.parametrize("words", ["umum", "UMUM", "dinas pekerjaan"])
def test_list_is_searched_by_name(desk: Client, office: Agency, agency: Agency, words: str) -> None:
    response = in_english(desk).get(reverse("agencies:agencies"), {"cari": words})

    assert list(response.context["page"]) == [office]


@pytest.mark.parametrize("query", [{"cari": "\t"}, {"cari": "a" * 999}, {"page": "x"}])
def test_list_survives_a_broken_address(
    desk: Client, office: Agency, query: dict[str, str]
) -> None:
    assert desk.get(reverse("agencies:agencies"), query).status_code == 200


def test_list_says_when_nothing_fits(desk: Client, office: Agency) -> None:
    response = in_english(desk).get(reverse("agencies:agencies"), {"cari": "zzz"})

    assert "No agency has this name" in text(response)


def test_list_has_pages_and_asks_no_more_for_more_rows(
    desk: Client, office: Agency, django_assert_num_queries: Any
) -> None:
    desk.get(reverse("agencies:agencies"))
    with CaptureQueriesContext(connection) as first:
        desk.get(reverse("agencies:agencies"))
    for number in range(45):
        factories.make_agency(f"Dinas {number:02d}", Agency.Kind.PROVINCIAL, "")

    with django_assert_num_queries(len(first)):
        page = desk.get(reverse("agencies:agencies")).context["page"]
    assert len(page) == 40


# Inviting ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Membership.Role.values)
def test_invite_makes_a_member_and_sends_one_mail(
    desk: Client, office: Agency, administrator: User, role: str
) -> None:
    response = invite(desk, office, email="Baru@Contoh.ID", role=role)

    assert response.status_code == 302
    member = office.memberships.get()
    assert (member.user.email, member.role) == ("baru@contoh.id", role)
    assert member.invited_by == administrator
    assert "baru@contoh.id" in text(desk.get(reverse("agencies:agency", args=[office.pk])))
    assert len(mail.outbox) == 1


def test_invitation_says_who_for_whom_and_how_to_sign_in(
    desk: Client, office: Agency, administrator: User
) -> None:
    invite(desk, office)

    message = mail.outbox[0]
    html = html_of(message)
    assert message.to == ["baru@contoh.id"]
    assert office.name in message.subject
    for part in (message.body, html):
        assert administrator.name in part
        assert office.name in part
        assert "baru@contoh.id" in part
        assert reverse("account_request_login_code") in part


def test_invited_person_signs_in_with_one_code_and_acts_for_the_agency(
    desk: Client, office: Agency
) -> None:
    invite(desk, office)

    client = sign_in_by_code("baru@contoh.id")

    response = client.get(reverse("following:mine"))
    assert response.status_code == 200
    assert response.context["membership"].agency == office


def test_resident_with_an_account_can_be_invited(
    desk: Client, office: Agency, resident: User
) -> None:
    invite(desk, office, email=resident.email)

    assert office.memberships.get().user == resident
    assert EmailAddress.objects.filter(user=resident).count() == 1


def test_invite_refuses_staff_and_members_of_other_agencies(
    desk: Client, office: Agency, agency: Agency, planner: User, agency_clerk: User
) -> None:
    for person, sentence in (
        (planner, "already has a staff role"),
        (agency_clerk, "already acts for an agency"),
    ):
        response = text(invite(desk, office, email=person.email))

        assert sentence in response
        assert f'value="{person.email}"' in response
    assert not office.memberships.exists()
    assert mail.outbox == []


def test_invitation_to_a_proven_second_address_goes_to_the_person_who_has_it(
    desk: Client, office: Agency, resident: User
) -> None:
    EmailAddress.objects.create(user=resident, email="kerja@contoh.id", verified=True)

    invite(desk, office, email="Kerja@contoh.id")

    page = text(desk.get(reverse("agencies:agency", args=[office.pk])))
    assert f"The invitation was sent to {resident.email}." in page
    assert mail.outbox[0].to == [resident.email]
    assert office.memberships.get().user == resident
    assert not User.objects.filter(email="kerja@contoh.id").exists()


def test_invitation_to_an_address_that_somebody_only_claims_is_its_owner_s(
    desk: Client, office: Agency, resident: User
) -> None:
    EmailAddress.objects.create(user=resident, email="kerja@contoh.id", verified=False)

    invite(desk, office, email="kerja@contoh.id")

    assert office.memberships.get().user.email == "kerja@contoh.id"


def test_disabled_person_is_not_invited(
    desk: Client, office: Agency, resident: User, administrator: User
) -> None:
    resident.disable(by=administrator)

    response = text(invite(desk, office, email=resident.email))

    assert "This account is disabled" in response
    assert mail.outbox == []
    assert not office.memberships.exists()


def test_invite_to_an_agency_that_has_ended_is_refused(desk: Client, office: Agency) -> None:
    office.valid_until = timezone.localdate() - timedelta(days=1)
    office.save()

    response = text(invite(desk, office))

    assert "no longer current" in response
    assert not User.objects.filter(email="baru@contoh.id").exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"email": ""},
        {"email": "bukan surel"},
        {"email": f"{'a' * 300}@contoh.id"},
        {"email": "a\x00@contoh.id"},
        {"email": "a@contoh.id\r\nBcc: b@contoh.id"},
        {"role": "administrator"},
        {"role": ""},
    ],
)
def test_invite_explains_what_is_wrong(desk: Client, office: Agency, typed: dict[str, str]) -> None:
    response = invite(desk, office, **typed)

    assert response.status_code == 200
    assert 'class="error-summary"' in text(response)
    assert not office.memberships.exists()
    assert mail.outbox == []


def test_invite_changes_nothing_when_the_mail_cannot_go_out(
    desk: Client, office: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(membership: Membership) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("accounts.invitations.send", refuse)

    response = text(invite(desk, office))

    assert "nothing was changed" in response
    assert 'value="baru@contoh.id"' in response
    assert not User.objects.filter(email="baru@contoh.id").exists()


def test_invite_twice_tells_the_second_time(office: Agency, administrator: User) -> None:
    office.invite("baru@contoh.id", role="clerk", by=administrator)

    with pytest.raises(DomainError):
        office.invite("BARU@contoh.id", role="head", by=administrator)
    assert office.memberships.count() == 1


def test_hostile_names_are_shown_as_text(desk: Client, office: Agency, administrator: User) -> None:
    Agency.objects.filter(pk=office.pk).update(name=HOSTILE, short_name=HOSTILE)
    User.objects.filter(pk=administrator.pk).update(name=HOSTILE)
    invite(desk, office)

    shown = text(desk.get(reverse("agencies:agency", args=[office.pk])))
    shown += text(desk.get(reverse("agencies:agencies")))
    shown += html_of(mail.outbox[0])

    assert HOSTILE not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("key", [0, 999999, 99999999999999999999999])
def test_unknown_agency_is_not_found(desk: Client, key: int) -> None:
    assert desk.get(f"/kelola/instansi/{key}/").status_code == 404
    assert desk.post(f"/kelola/instansi/{key}/undang/").status_code == 404
