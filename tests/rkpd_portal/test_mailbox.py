"""The mailbox page of a demonstration machine shows what the portal wrote."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rkpd_portal import localmail
from rkpd_portal import settings as configured


@pytest.fixture(autouse=True)
def local_mail(settings: LazySettings, db: None) -> None:
    """Mail goes where bin/run sends it; Django's tests keep it in memory otherwise."""
    settings.EMAIL_BACKEND = configured.EMAIL_BACKEND


def mailbox(client: Client) -> str:
    response = client.get(reverse("mailbox"))
    assert response.status_code == 200
    return response.content.decode()


def test_mailbox_shows_the_code_that_signing_up_sent(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post(reverse("account_signup"), {"email": "warga.baru@kalteng.example"})
    page = mailbox(client)

    printed = capsys.readouterr().out
    code = re.search(r"^[A-Z0-9]{3,}-?[A-Z0-9]{2,}$", printed, re.MULTILINE)
    assert code
    assert code.group() in page
    assert "MAIL to warga.baru@kalteng.example: " in printed
    assert "warga.baru@kalteng.example" in page
    sent_at = timezone.localtime(localmail.last_messages()[0]["sent_at"])
    assert f"pukul {sent_at:%H.%M} WIB" in page


def test_message_says_when_it_was_sent(client: Client) -> None:
    before = timezone.now() - timedelta(seconds=1)  # a mail's date has whole seconds
    client.post(reverse("account_signup"), {"email": "warga.baru@kalteng.example"})

    [message] = localmail.last_messages()

    assert before <= message["sent_at"] <= timezone.now()


def test_newest_messages_come_first_and_whole(settings: LazySettings) -> None:
    ruled = f"above\n{'-' * 79}\nbelow"
    for number in range(3):
        send_mail(f"Letter {number}", ruled, None, ["warga@kalteng.example"])

    messages = localmail.last_messages(limit=2)

    assert [message["subject"] for message in messages] == ["Letter 2", "Letter 1"]
    assert [message["text"].strip() for message in messages] == [ruled, ruled]
    assert len(list(Path(settings.EMAIL_FILE_PATH).iterdir())) == 3


def test_mailbox_without_mail_says_so(client: Client) -> None:
    assert "Belum ada pesan" in mailbox(client)
