"""The privacy notice says what is true."""

from django.test import Client
from django.urls import reverse

from consultations.models import ChapterText
from tests.aspirations.sendings import sent
from tests.languages import in_english


def test_notice_counts_every_cookie_that_a_resident_gets(
    client: Client, chapter_text: ChapterText
) -> None:
    aspiration = sent(client, chapter_text)
    client.get(reverse("following:lookup"))
    client.get(reverse("following:complete", args=[aspiration.code]))
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    notice = in_english(client).get(reverse("privacy")).content.decode()

    assert set(client.cookies) == {"csrftoken", "sessionid", "django_language", "messages"}
    assert "At most four" in notice


def test_notice_promises_no_deletion_that_nobody_carries_out(client: Client, db: None) -> None:
    notice = in_english(client).get(reverse("privacy")).content.decode()

    assert "does not delete them by itself" in notice
    assert "12 months" not in notice
