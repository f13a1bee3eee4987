"""Which requests ask for a page that may be shared, and how much of them is kept."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings

from rkpd_portal.copies import question_of
from rkpd_portal.environ import Scope
from tests.rkpd_portal.conversation import scope

HOME = b"/"


def test_question_of_something_else_is_none() -> None:
    assert question_of({"type": "lifespan"}) is None
    assert question_of(scope("GET", b"/static/css/resident.css")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"query_string": b"a" * 301},
        {"raw_path": b"/" + b"a" * 300},
        {"headers": [(b"host", b"a" * 301)]},
        {"headers": [(b"x-forwarded-proto", b"a" * 301)]},
        {"headers": [(b"host", b"rkpd.example:81")]},
        {"headers": [(b"cookie", b"sessionid=abc"), (b"cookie", b"a=1")]},
        {"headers": [(b"cookie", b"a=1"), (b"cookie", b"sessionid=abc")]},
    ],
)
def test_what_could_fill_the_memory_or_is_somebody_s_is_not_shared(changes: Scope) -> None:
    assert question_of(scope("GET", HOME)) is not None
    assert question_of(scope("GET", HOME) | changes) is None


def test_no_more_of_a_long_header_is_kept_than_browsers_send() -> None:
    question = question_of(scope("GET", HOME, (b"accept-encoding", b"gzip, " + b"a, " * 100_000)))

    assert question
    assert question.accepted.startswith(b"gzip, ")
    assert len(question.accepted) <= 300


def test_the_port_of_the_site_is_shared() -> None:
    port = urlsplit(settings.SITE_URL).port
    assert port
    assert question_of(scope("GET", HOME, (b"host", f"rkpd.example:{port}".encode())))
