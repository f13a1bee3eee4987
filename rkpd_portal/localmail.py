"""Mail on a developer's machine: printed to the console and kept for the local mailbox page."""

import email
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage as ParsedMessage
from email.policy import default as modern
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Keeps each message as a file of its own and prints its plain text to the console."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _keep(message)
            to = ", ".join(message.to)
            text = f"MAIL to {to}: {message.subject}\n{message.body}\n"
            print(text, file=sys.stdout, flush=True)
        return len(email_messages)


def _keep(message: EmailMessage) -> None:
    """Write the message to a file, whole or not at all: the page may be read meanwhile."""
    folder = Path(settings.EMAIL_FILE_PATH)
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{time.time_ns()}-{os.getpid()}.new"
    new.write_bytes(message.message().as_bytes())
    new.replace(new.with_suffix(".eml"))


def last_messages(limit: int = 20) -> list[dict[str, Any]]:
    """The newest messages first, each with to, subject, sent_at (aware) and text."""
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.eml"), reverse=True)
    return [_as_row(path.read_bytes()) for path in files[:limit]]


def _as_row(raw: bytes) -> dict[str, Any]:
    message: ParsedMessage = email.message_from_bytes(raw, policy=modern)
    body = message.get_body(preferencelist=("plain",))
    return {
        "to": message["To"],
        "subject": message["Subject"],
        "sent_at": _moment(message["Date"]),
        "text": body.get_content() if body else "",
    }


def _moment(date: str) -> datetime:
    """Django dates mail with -0000, "UTC, zone unknown" (RFC 5322), which Python reads as naive."""
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
