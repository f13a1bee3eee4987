"""What happens at the door: one JSON line each, in UTC, without anybody's name or address."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.utils.crypto import salted_hmac

log = logging.getLogger("portal.access")
# PostgreSQL's DETAIL repeats the values that it refused: in a traceback up to the next exception,
# within the words of one that was written as code up to the end of the line.
VALUES = re.compile(
    r"^DETAIL: .*?(?=\n\n(?:The above exception|During handling)|\Z)|\\nDETAIL: [^\n]*",
    re.MULTILINE | re.DOTALL,
)


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
        return without_values(super().format(_without_traceback(record) if expected else record))


class Scrubbed(logging.Formatter):
    """What another formatter writes, without the values that PostgreSQL refused."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return without_values(self.inner.format(record))


def without_values(text: str) -> str:
    return VALUES.sub("", text)


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
