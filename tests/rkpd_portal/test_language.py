"""Indonesian for everyone who has not chosen otherwise, whatever their phone is set to."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.languages import in_english

PAGES = ("home", "privacy", "account_login", "following:lookup")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("asked", ["en-US,en;q=0.9", "en", "", "*", "fr", "\x00", "x" * 9000])
def test_the_browser_is_not_asked(client: Client, db: None, name: str, asked: str) -> None:
    answer = client.get(reverse(name), headers={"accept-language": asked})

    assert answer["Content-Language"] == "id"
    assert '<html lang="id"' in answer.content.decode()
    assert "accept-language" not in answer.get("Vary", "").lower()


@pytest.mark.parametrize("name", PAGES)
def test_the_switch_is_obeyed(client: Client, db: None, name: str) -> None:
    client.post(reverse("set_language"), {"language": "en", "next": "/"})

    answer = client.get(reverse(name), headers={"accept-language": "id"})

    assert answer["Content-Language"] == "en"
    assert '<html lang="en"' in answer.content.decode()
    assert "cookie" in answer["Vary"].lower()


@pytest.mark.parametrize("cookie", ["fr", "EN", "en-US", "../en", "x" * 4000, ""])
def test_a_language_that_is_none_is_indonesian(client: Client, db: None, cookie: str) -> None:
    client.cookies["django_language"] = cookie

    assert client.get("/")["Content-Language"] == "id"


def test_one_reader_s_language_is_not_the_next_one_s(db: None) -> None:
    in_english(Client()).get("/")

    assert Client().get("/")["Content-Language"] == "id"


@pytest.mark.parametrize("address", ["/", "/tidak-ada/", "/healthz", "/akun/login/", "/bahasa/"])
def test_every_answer_forbids_what_no_page_uses(client: Client, db: None, address: str) -> None:
    policy = client.get(address)["Permissions-Policy"]

    for feature in ("camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"):
        assert feature in policy
    assert "publickey-credentials-get=(self)" in policy
    assert "publickey-credentials-create=(self)" in policy
    assert "clipboard-write=(self)" in policy
