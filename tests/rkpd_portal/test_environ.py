"""A request of ASGI says to the WSGI application what it says to us, and nothing that is forged."""

import pytest
from django.conf import LazySettings
from django.core.handlers.wsgi import WSGIRequest

from accounts.robots import client_address
from rkpd_portal.environ import environ_of
from tests.rkpd_portal.conversation import length, scope


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/konsultasi/", "/konsultasi/"),
        (b"/a%2Fb//c/", "/a/b//c/"),
        (b"/%00", "/\x00"),
        (b"/%C3%BC", "/\xc3\xbc"),
        (b"/\xc3\xbc", "/\xc3\xbc"),
        (b"/%ff%fe", "/\xff\xfe"),
        (b"/%2525", "/%25"),
        (b"*", "*"),
    ],
)
def test_path_is_the_bytes_of_the_address(raw: bytes, path: str) -> None:
    assert environ_of(scope("GET", raw), b"")["PATH_INFO"] == path


def test_header_with_an_underscore_is_not_the_one_with_a_hyphen() -> None:
    forged = [(b"x-forwarded_for", b"6.6.6.6"), (b"x_forwarded-proto", b"https")]
    ours = [(b"x-forwarded-for", b"10.1.1.1")]

    before = environ_of(scope("GET", b"/", *forged, *ours), b"")
    after = environ_of(scope("GET", b"/", *ours, *forged), b"")

    assert before["HTTP_X_FORWARDED_FOR"] == after["HTTP_X_FORWARDED_FOR"] == "10.1.1.1"
    assert "HTTP_X_FORWARDED_PROTO" not in before


def test_repeated_headers_are_one_list_in_their_order() -> None:
    said = [
        (b"x-forwarded-for", b"10.1.1.1"),
        (b"cookie", b"a=1"),
        (b"x-forwarded-for", b"10.2.2.2"),
        (b"cookie", b"b=2"),
    ]

    environ = environ_of(scope("GET", b"/", *said), b"")

    assert environ["HTTP_X_FORWARDED_FOR"] == "10.1.1.1,10.2.2.2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_environ_says_who_asks_and_how() -> None:
    kind = (b"content-type", b"text/plain")
    environ = environ_of(scope("POST", b"/", kind, length(3), (b"host", b"\xff")), b"abc")

    assert environ["REMOTE_ADDR"] == "10.0.0.7"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8000")
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert (environ["SCRIPT_NAME"], environ["wsgi.url_scheme"]) == ("", "http")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert environ["HTTP_HOST"] == "\xff"
    assert {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & set(environ) == set()


def test_address_behind_our_proxy_is_the_one_that_it_adds(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    said = [(b"x-forwarded_for", b"10.6.6.6"), (b"x-forwarded-for", b"10.5.5.5, 10.1.1.1")]

    request = WSGIRequest(environ_of(scope("GET", b"/", *said), b""))

    assert client_address(request) == "10.1.1.1"
