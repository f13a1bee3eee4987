"""What happens at the door is on record: in UTC, one line each, naming nobody."""

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from celery.signals import after_setup_logger
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.log import JsonLine, PlainLine, note, without_values
from accounts.models import Agency, User
from tests.accounts.signing_in import (
    ask_for_code,
    give_password,
    sign_in_by_password,
    type_code,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = "203.0.113.77"


def is_ours(handler: logging.Handler) -> bool:
    """Not the one by which pytest listens in."""
    return isinstance(handler.formatter, JsonLine)


@pytest.fixture
def written() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that the portal's own handler wrote since the test began."""
    own = [each for each in logging.getLogger("portal.access").handlers if is_ours(each)]
    (handler,) = own
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(io.StringIO())

    def lines() -> list[dict[str, Any]]:
        text = handler.stream.getvalue()
        assert ADDRESS not in text
        assert "kalteng.example" not in text
        return [json.loads(line) for line in text.splitlines()]

    yield lines
    handler.setStream(before)


@pytest.fixture
def visitor() -> Client:
    return Client(REMOTE_ADDR=ADDRESS)


Lines = Callable[[], list[dict[str, Any]]]


def test_sign_in_and_out_are_noted(visitor: Client, resident: User, written: Lines) -> None:
    sign_in_by_password(visitor, give_password(resident))
    visitor.post(reverse("account_logout"))

    came, went = written()
    assert (came["event"], came["user"]) == ("signed_in", resident.pk)
    assert (went["event"], went["user"]) == ("signed_out", resident.pk)
    assert came["address"] == went["address"]
    moment = datetime.fromisoformat(came["time"])
    assert moment.utcoffset() == timedelta()
    assert datetime.now(UTC) - moment < timedelta(minutes=1)


def test_failed_sign_ins_are_noted(
    visitor: Client, resident: User, planner: User, written: Lines
) -> None:
    sign_in_by_password(visitor, give_password(resident), "salah-sama-sekali")
    ask_for_code(visitor, resident.email)
    type_code(visitor, "BBBB-CCCC")
    other = Client(REMOTE_ADDR=ADDRESS)
    TOTP.activate(give_password(planner), SECRET)
    sign_in_by_password(other, planner)
    other.post(reverse("mfa_authenticate"), {"code": "000000"})

    lines = written()

    assert [line["event"] for line in lines] == ["sign_in_failed"] * 3
    assert [line["way"] for line in lines] == ["password", "code", "second step"]
    assert lines[0]["account"] == lines[1]["account"]
    assert lines[2]["user"] == planner.pk
    assert len({line["address"] for line in lines}) == 1


def test_refusals_are_noted(
    visitor: Client, resident: User, settings: LazySettings, written: Lines
) -> None:
    visitor.force_login(resident)
    visitor.get(reverse("desk"))
    strict = Client(enforce_csrf_checks=True, REMOTE_ADDR=ADDRESS)
    strict.post(reverse("following:lookup"), {"code": "x"})
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    for _time in range(2):
        Client(REMOTE_ADDR=ADDRESS).post(reverse("account_login"), {"login": "a@b.id"})

    refused = [line for line in written() if line["event"] == "refused"]

    assert [(line["why"], line["view"]) for line in refused] == [
        ("permission", "desk"),
        ("token", "following:lookup"),
        ("limit", "account_login"),
    ]
    assert refused[0]["user"] == resident.pk


def test_limits_are_noted(visitor: Client, resident: User, written: Lines) -> None:
    give_password(resident)
    for _time in range(6):
        sign_in_by_password(visitor, resident, "salah-sama-sekali")

    last = written()[-1]

    assert last["event"] == "limited"
    assert last["kinds"] == ["wrong-password", "wrong-password-of-account"]


def test_changes_of_an_account_are_noted(
    resident: User,
    administrator: User,
    written: Lines,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        resident.change_role(User.Role.PLANNER, by=administrator)
        resident.disable(by=administrator)

    changed, disabled = written()

    assert (changed["event"], changed["text"]) == ("role_changed", "resident → planner")
    assert (disabled["event"], disabled["by"]) == ("disabled", administrator.pk)


def test_last_day_of_an_agency_is_noted(
    agency: Agency,
    administrator: User,
    visitor: Client,
    written: Lines,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    visitor.force_login(administrator)
    same = {name: getattr(agency, name) for name in ("name", "short_name", "kind", "region_code")}
    typed = same | {"valid_from": "2025-01-01", "valid_until": "2026-12-31"}

    with django_capture_on_commit_callbacks(execute=True):
        visitor.post(reverse("admin:accounts_agency_change", args=[agency.pk]), typed)

    line = written()[-1]
    assert (line["event"], line["agency"], line["by"]) == (
        "agency_changed",
        agency.pk,
        administrator.pk,
    )
    assert line["fields"] == ["valid_from", "valid_until"]


def test_what_was_undone_is_not_noted(
    resident: User, administrator: User, agency: Agency, agency_clerk: User, written: Lines
) -> None:
    with contextlib.suppress(ConnectionRefusedError), transaction.atomic():
        agency.invite(resident.email, role="clerk", by=administrator)
        agency_clerk.membership.end(by=administrator)
        resident.disable(by=administrator)
        raise ConnectionRefusedError

    assert written() == []


def test_session_that_is_over_is_noted(visitor: Client, planner: User, written: Lines) -> None:
    visitor.force_login(planner)
    visitor.get(reverse("desk"))
    session = visitor.session
    session["staff_began"] = 1.0
    session.save()
    visitor.get(reverse("desk"))

    assert written()[-1]["event"] == "session_over"


def test_nothing_typed_begins_a_line_of_its_own(written: Lines) -> None:
    note("refused", view='x\n{"event": "signed_in"}\r\u2028')

    (line,) = written()
    assert line["event"] == "refused"


# The log of what went wrong -----------------------------------------------------------------


def plain(record: logging.LogRecord) -> str:
    """The record as the console's handler, which settings.py describes, would write it."""
    (handler,) = [
        each for each in logging.getLogger().handlers if isinstance(each.formatter, PlainLine)
    ]
    return handler.format(record)


def test_fault_is_logged_without_the_value_that_the_database_refused(
    resident: User, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        with transaction.atomic():
            User(email=resident.email).save()
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error")

    (record,) = caplog.records
    written = plain(record)

    assert resident.email in str(record.exc_info)
    assert resident.email not in written
    assert "user_email" in written
    assert "Traceback" in written


def test_no_value_is_logged_however_it_is_written() -> None:
    values = "Failing row contains (1, Jalan rusak.\n\nMohon diperbaiki., Rina Sari, rina@b.id)."
    message = f"null value in column\nDETAIL:  {values}"
    traceback = (
        f"Traceback (most recent call last):\npsycopg.Error: {message}\n\nThe above exception was"
        f" the direct cause\n\nTraceback (most recent call last):\ndjango.Error: {message}"
    )

    for text in (traceback, f"Task x raised unexpected: {IntegrityError(message)!r}\n{traceback}"):
        kept = without_values(text)

        assert "Rina" not in kept
        assert "Jalan" not in kept
        assert kept.count("null value in column") == text.count("null value in column")
        assert "The above exception" in kept


def test_worker_writes_no_value_either() -> None:
    logger = logging.Logger("worker")
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logger.addHandler(handler)
    for _time in range(2):
        after_setup_logger.send(sender=None, logger=logger)

    logger.error("Task raised: %r", IntegrityError("duplicate key\nDETAIL:  Key (a@b.id)"))

    assert handler.stream.getvalue() == "[ERROR] Task raised: IntegrityError('duplicate key\n"


def test_refusal_is_logged_as_one_line(
    visitor: Client, resident: User, caplog: pytest.LogCaptureFixture
) -> None:
    visitor.force_login(resident)

    visitor.get(reverse("desk"))

    (record,) = [each for each in caplog.records if each.name == "django.request"]
    assert record.exc_info
    assert plain(record).splitlines() == [
        "WARNING django.request Forbidden (Permission denied): /kelola/"
    ]
