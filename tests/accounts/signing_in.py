"""Signing in as a browser does."""

import re
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User

PASSWORD = "sungai-kahayan-2028"
ELSEWHERE = "203.0.113.7"


def emailed_code() -> str:
    """The code in the last mail: the only line of capitals and digits."""
    found = re.search(r"^[A-Z0-9]{3,}-?[A-Z0-9]{2,}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found.group()


def signed_in_as(client: Client) -> int | None:
    key = client.session.get("_auth_user_id")
    return int(key) if key else None


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def sign_in_by_password(client: Client, user: User, password: str = PASSWORD) -> Any:
    form = {"login": user.email, "password": password, "way": "password"}
    return client.post(reverse("account_login"), form)


def ask_for_code(client: Client, email: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "way": "code"}, follow=True)


def type_code(client: Client, code: str) -> Any:
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def sign_in_by_code(client: Client, user: User) -> Any:
    ask_for_code(client, user.email)
    return type_code(client, emailed_code())
