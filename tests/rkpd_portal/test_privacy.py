"""The privacy notice says what is true."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText
from tests.aspirations.sendings import sent
from tests.languages import in_english


def test_notice_counts_every_cookie_that_a_resident_gets(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText
) -> None:
    client = sign_in(resident)
    aspiration = sent(client, chapter_text)
    client.get(reverse("following:lookup"))
    client.get(reverse("following:complete", args=[aspiration.code]))
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    notice = in_english(client).get(reverse("privacy")).content.decode()

    cookies = {"csrftoken", "aspirations", "sessionid", "django_language", "messages"}
    assert set(client.cookies) == cookies
    assert "At most five" in notice


def test_notice_promises_no_deletion_that_nobody_carries_out(client: Client, db: None) -> None:
    notice = in_english(client).get(reverse("privacy")).content.decode()

    assert "does not delete them by itself" in notice
    assert "12 months" not in notice
