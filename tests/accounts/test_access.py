"""The marks at the views' doors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.access import public, requires
from accounts.middleware import keep_private
from accounts.models import Agency, User
from accounts.permissions import (
    agency_of,
    can_use_admin,
    is_planner,
    membership_of,
    needs_second_factor,
)
from aspirations.models import Aspiration


@public
def open_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@requires(is_planner)
def planners_view(request: HttpRequest, code: str = "") -> HttpResponse:
    """What planners see."""
    return HttpResponse(f"desk {code}")


@public
def open_cached_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everyone's", headers={"Cache-Control": "public, max-age=60"})


def ask(view: Callable[..., Any], user: Any, **keys: Any) -> Any:
    request = RequestFactory().get("/kelola/aspirasi/?tampilan=new&cari=a b")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return view(request, **keys)


def test_public_lets_everyone_in() -> None:
    assert ask(open_view, AnonymousUser()).content == b"open"
    assert open_view.access == "public"  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", ["home", "following:mine", "account_email", "usersessions_list"])
def test_pages_of_a_signed_in_person_stay_out_of_caches(
    resident: User, sign_in: Callable[[User], Client], page: str
) -> None:
    rule = sign_in(resident).get(reverse(page))["Cache-Control"]

    assert "no-store" in rule
    assert "private" in rule


def test_a_visitor_s_page_and_a_rule_that_the_view_set_are_left_alone(
    client: Client, db: None, resident: User
) -> None:
    request = RequestFactory().get("/")
    request.user = resident

    assert not client.get("/").has_header("Cache-Control")
    assert keep_private(open_cached_view)(request)["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("field", "days", "speaks"),
    [("valid_until", -1, False), ("valid_until", 0, True), ("valid_from", 1, False)],
)
def test_members_speak_only_for_a_current_agency(
    agency: Agency, agency_head: User, field: str, days: int, speaks: bool
) -> None:
    Agency.objects.update(**{field: timezone.localdate() + timedelta(days=days)})

    assert (membership_of(agency_head) is not None) == speaks
    assert agency_of(agency_head) == (agency if speaks else None)


def test_requires_sends_a_visitor_to_sign_in_and_back_again() -> None:
    response = ask(planners_view, AnonymousUser())

    assert response.status_code == 302
    assert response["Location"].startswith("/akun/login/?next=/kelola/aspirasi/")
    assert "cari%3Da%2520b" in response["Location"]


def test_requires_refuses_a_person_without_the_role(resident: User) -> None:
    with pytest.raises(PermissionDenied):
        ask(planners_view, resident)


def test_requires_lets_the_role_in(planner: User) -> None:
    response = ask(planners_view, planner, code="RK28-4F7K-2")

    assert response.content == b"desk RK28-4F7K-2"


def test_requires_treats_a_dismissed_person_as_a_visitor(planner: User) -> None:
    planner.is_active = False

    assert ask(planners_view, planner).status_code == 302


def test_requires_sends_staff_without_a_second_factor_to_set_one_up(
    planner: User, settings: LazySettings
) -> None:
    settings.MFA_EXEMPT_EMAILS = []

    response = ask(planners_view, planner)

    assert response.status_code == 302
    assert response["Location"].startswith("/akun/2fa/")


def test_requires_lets_staff_with_a_second_factor_in(planner: User, settings: LazySettings) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    Authenticator.objects.create(user=planner, type=Authenticator.Type.TOTP, data={"secret": "x"})

    assert ask(planners_view, planner).status_code == 200


def test_exemption_is_worth_nothing_in_production(planner: User, settings: LazySettings) -> None:
    settings.PRODUCTION = True

    assert needs_second_factor(planner)


def test_second_factor_is_asked_of_staff_only(
    resident: User, field_operator: User, settings: LazySettings
) -> None:
    settings.MFA_EXEMPT_EMAILS = []

    assert not needs_second_factor(resident)
    assert not needs_second_factor(field_operator)


def test_admin_needs_the_role_and_the_second_factor(
    administrator: User, lead_planner: User, settings: LazySettings
) -> None:
    assert can_use_admin(administrator)
    assert not can_use_admin(lead_planner)
    settings.MFA_EXEMPT_EMAILS = []
    assert not can_use_admin(administrator)


def test_mark_keeps_the_view_s_name_and_words() -> None:
    assert planners_view.__name__ == "planners_view"
    assert planners_view.__doc__ == "What planners see."
    assert planners_view.access is is_planner  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("referer", "way_back"),
    [
        ("http://testserver/kelola/aspirasi/RK28-4F7K-2/", "/kelola/aspirasi/RK28-4F7K-2/"),
        ("https://lain.example/kelola/", "/"),
        ("http://testserver//lain.example/", "/"),
        ("", "/"),
    ],
)
def test_press_after_the_session_ended_leads_back_to_its_page(referer: str, way_back: str) -> None:
    request = RequestFactory().post("/kelola/x/", headers={"Referer": referer})
    request.user = AnonymousUser()

    response = planners_view(request)

    assert response.context_data["sign_in_url"] == f"/akun/login/?next={way_back}"


# A session that ended while somebody wrote --------------------------------------------------


def test_what_was_typed_until_the_session_ended_is_shown_and_nothing_done(
    client: Client, accepted: Aspiration
) -> None:
    page = reverse("moderating:aspiration", args=[accepted.code])
    typed = {"disposition": "noted", "reason": "Sudah <b>kami</b> catat.\nTerima kasih."}

    answer = client.post(
        reverse("moderating:respond", args=[accepted.code]),
        typed,
        headers={"Referer": f"http://testserver{page}"},
    )

    text = answer.content.decode()
    assert answer.status_code == 401
    assert "Sudah &lt;b&gt;kami&lt;/b&gt; catat.\nTerima kasih.</textarea>" in text
    assert f'href="/akun/login/?next={page}"' in text
    assert "no-store" in answer["Cache-Control"]
    assert not accepted.responses.exists()
