"""Mail on a developer's machine: printed to the console and kept for the local mailbox page."""

import email
import sys
from email.message import EmailMessage as ParsedMessage
from email.policy import default as modern
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend as FileBackend

SEPARATOR = b"-" * 79 + b"\n"


class EmailBackend(FileBackend):
    """Django's file backend, which also prints each plain text to the console."""

    def write_message(self, message: EmailMessage) -> None:
        super().write_message(message)
        to = ", ".join(message.to)
        print(f"MAIL to {to}: {message.subject}\n{message.body}\n", file=sys.stdout, flush=True)


def last_messages(limit: int = 20) -> list[dict[str, Any]]:
    """The newest messages first, each with to, subject, sent_at and text."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    parts = (
        part
        for path in files[:limit]
        for part in reversed(path.read_bytes().split(SEPARATOR))
        if part.strip()
    )
    return [_as_row(part) for part, _ in zip(parts, range(limit), strict=False)]


def _as_row(raw: bytes) -> dict[str, Any]:
    message: ParsedMessage = email.message_from_bytes(raw, policy=modern)
    body = message.get_body(preferencelist=("plain",))
    return {
        "to": message["To"],
        "subject": message["Subject"],
        "sent_at": parsedate_to_datetime(message["Date"]),
        "text": body.get_content() if body else "",
    }
