"""The pages around an account and the error pages: our frame, and words that help."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import User


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_request_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
    ],
)
def test_entrance_page_has_our_frame(client: Client, db: None, name: str, language: str) -> None:
    client.cookies["django_language"] = language

    page = client.get(reverse(name)).content.decode()

    assert f'<html lang="{language}"' in page
    assert 'class="skip-link"' in page
    assert "<h1>" in page


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_set_password",
        "account_logout",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "usersessions_list",
        "socialaccount_connections",
    ],
)
def test_own_account_page_has_our_frame_and_shows_hostile_names_as_text(
    name: str, resident: User, sign_in: Callable[[User], Client]
) -> None:
    resident.name = "<script>alert(1)</script>"
    resident.save(update_fields=["name"])

    page = sign_in(resident).get(reverse(name)).content.decode()

    assert 'class="account account--manage"' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_unknown_address_gets_a_page_that_helps(client: Client, db: None) -> None:
    answer = client.get("/tidak-ada/")

    assert answer.status_code == 404
    assert reverse("following:lookup") in answer.content.decode()


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_fault_page_needs_nothing(template: str) -> None:
    page = render_to_string(template)

    assert "<h1>" in page
    assert 'href="/"' in page


def test_old_page_is_refused_with_a_page_that_helps(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": "a@b.example"})

    assert answer.status_code == 403
    assert "<h1>" in answer.content.decode()


def test_too_many_tries_get_a_page_that_helps(client: Client, settings: Any, db: None) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client.post(reverse("account_login"), {"login": "a@kapuas.example"})
    answer = client.post(reverse("account_login"), {"login": "a@kapuas.example"})

    assert answer.status_code == 429
    assert "<h1>" in answer.content.decode()


def test_language_switch_stays_on_the_page(client: Client, db: None) -> None:
    answer = client.post(
        reverse("set_language"), {"language": "en", "next": reverse("privacy")}, follow=True
    )

    assert answer.redirect_chain == [(reverse("privacy"), 302)]
    assert '<html lang="en">' in answer.content.decode()


def test_the_link_for_a_new_password_names_the_public_address_whatever_the_host(
    client: Client, resident: User, settings: LazySettings
) -> None:
    settings.SITE_URL = "https://konsultasi.example.go.id"
    settings.ALLOWED_HOSTS = ["*"]

    typed = {"email": resident.email}
    client.post(reverse("account_reset_password"), typed, headers={"host": "palsu.example"})

    body = str(mail.outbox[0].body)
    assert "https://konsultasi.example.go.id/akun/password/reset/key/" in body
    assert "palsu.example" not in body


def test_form_that_is_too_large_gets_a_page_in_our_words(client: Client, db: None) -> None:
    answer = client.post(reverse("following:lookup"), {"code": "x" * 5_000_000})

    assert answer.status_code == 400
    assert "Kiriman ini tidak dapat dibaca" in answer.content.decode()
