"""What happens at the door: one JSON line each, in UTC, without anybody's name or address."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.utils.crypto import salted_hmac

log = logging.getLogger("portal.access")
VALUES = re.compile(r"^DETAIL: .*(\n(?!\n|Traceback).*)*", re.MULTILINE)


class JsonLine(logging.Formatter):
    """A record as one line; what somebody typed cannot begin another."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = getattr(record, "fields", {})
        return json.dumps({"time": moment, "event": record.getMessage()} | fields)


class PlainLine(logging.Formatter):
    """A record with the traceback of what nobody expected, without what PostgreSQL adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """A refusal is expected: Django hands over the exception with it all the same."""
        expected = record.levelno < logging.ERROR
        return super().format(_without_traceback(record) if expected else record)

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 (logging's name)
        """PostgreSQL's DETAIL repeats the values that it refused."""
        return VALUES.sub("", super().formatException(exc_info))


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    return logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})


def note(event: str, *, email: str = "", address: str = "", **fields: Any) -> None:
    """Write a line. E-mail and network address become digests that only tell same from other."""
    named = {"account": email.strip().lower(), "address": address}
    digests = {name: digest(name, value)[:16] for name, value in named.items() if value}
    log.info(event, extra={"fields": fields | digests})


def digest(*names: str) -> str:
    """A key that tells nobody what it stands for."""
    return salted_hmac("accounts.log", "\n".join(names), algorithm="sha256").hexdigest()
