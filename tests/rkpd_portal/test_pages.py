"""Pages that are sent to many: each encoding says the same, each form has secrets of its own."""

import gzip
import re
import zlib
from collections.abc import Callable

import brotli
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from accounts import robots
from rkpd_portal.environ import Message
from rkpd_portal.pages import Answer, Copy, Form, Question, encodings

OWN = ("token-of-the-render", "k" * 32, "ticket:of:the:render")
PAGE = "<p>Bab I</p>" * 900


def answer(body: str = PAGE, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    said = Answer()
    said.status, said.body = status, body.encode()
    said.headers = [(b"content-type", b"text/html; charset=utf-8"), *headers]
    return said


def question(
    accepted: bytes = b"", *, known: bytes = b"", is_head: bool = False, **cookies: str
) -> Question:
    return Question((b"/",), cookies, accepted, known, is_head)


def headers_of(start: Message) -> dict[bytes, bytes]:
    return dict(start["headers"])


def a_form() -> Form:
    token, key, ticket = OWN
    body = f"{PAGE}<form>{token}<b>{key}</b><i>{ticket}</i></form>{PAGE}"
    return Form(answer(body, (b"cache-control", b"private, no-cache")), OWN)


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpacked"),
    [
        (b"gzip, deflate, br, zstd", b"br", brotli.decompress),
        (b"gzip, deflate", b"gzip", gzip.decompress),
        (b"br;q=0, gzip;q=0.5", b"gzip", gzip.decompress),
        (b"identity", b"", bytes),
        (b"", b"", bytes),
    ],
)
def test_each_encoding_says_the_same(
    accepted: bytes, encoding: bytes, unpacked: Callable[[bytes], bytes]
) -> None:
    start, body = Copy(answer(), is_shared=True).messages(question(accepted))

    assert headers_of(start).get(b"content-encoding", b"") == encoding
    assert headers_of(start)[b"content-length"] == str(len(body["body"])).encode()
    assert unpacked(body["body"]).decode() == PAGE


def test_shared_copy_tells_caches_what_they_may_do() -> None:
    told = (b"cache-control", b"no-cache"), (b"vary", b"Cookie"), (b"x-frame-options", b"DENY")
    start, _body = Copy(answer(PAGE, *told), is_shared=True).messages(question())

    assert headers_of(start)[b"cache-control"] == b"public, max-age=0, s-maxage=1"
    assert headers_of(start)[b"vary"] == b"Accept-Encoding, Cookie"
    assert headers_of(start)[b"x-frame-options"] == b"DENY"
    assert [name for name, _value in start["headers"]].count(b"vary") == 1


def test_whoever_has_the_page_gets_no_second_one() -> None:
    copy = Copy(answer(), is_shared=True)
    start, body = copy.messages(question(b"gzip", known=b'"other", ' + copy.etag))

    assert (start["status"], body["body"]) == (304, b"")
    assert headers_of(start)[b"etag"] == copy.etag
    assert copy.messages(question(b"gzip", known=b'"other"'))[0]["status"] == 200


def test_head_is_the_answer_without_its_body() -> None:
    copy = Copy(answer(), is_shared=True)

    start, body = copy.messages(question(b"gzip", is_head=True))

    assert start == copy.messages(question(b"gzip"))[0]
    assert body["body"] == b""


def test_answer_that_is_not_shared_has_no_etag() -> None:
    start, _body = Copy(answer(status=404), is_shared=False).messages(question())

    assert start["status"] == 404
    assert b"etag" not in headers_of(start)
    assert headers_of(start)[b"cache-control"] == b"no-cache"


def test_filled_form_is_the_same_packed_and_plain() -> None:
    form, filled = a_form(), [b"a", b"", b"c" * 500]

    packed = form.packed_with(filled)

    assert gzip.decompress(packed) == form.plain_with(filled)
    assert zlib.decompress(packed, zlib.MAX_WBITS | 16) == form.plain_with(filled)
    assert len(packed) < 2000


def test_each_reader_gets_secrets_of_their_own() -> None:
    form = a_form()
    bodies = [form.messages(question())[1]["body"].decode() for _ in range(2)]
    found = [re.findall(r"<form>(.+?)<b>(.+?)</b><i>(.+?)</i></form>", body)[0] for body in bodies]

    assert not set(found[0][:2]) & set(found[1][:2])
    assert not {*found[0], *found[1]} & set(OWN)
    assert all(robots.is_ticket(ticket) for _token, _key, ticket in found)
    assert all(re.fullmatch("[0-9a-f]{32}", key) for _token, key, _ticket in found)


def accepts(token: str, cookie: str) -> bool:
    """Whether Django takes a form with this token from a browser with this cookie."""
    request = HttpRequest()
    request.method, request.META = "POST", {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000"}
    request.COOKIES = {settings.CSRF_COOKIE_NAME: cookie}
    request.POST = {"csrfmiddlewaretoken": token}  # type: ignore[assignment]
    view = lambda request: HttpResponse()  # noqa: E731
    guard = CsrfViewMiddleware(view)
    guard.process_request(request)
    return guard.process_view(request, view, (), {}) is None


def test_token_belongs_to_the_cookie_that_comes_with_it() -> None:
    start, body = a_form().messages(question())
    token = re.findall(r"<form>(.+?)<b>", body["body"].decode())[0]
    cookie = headers_of(start)[b"set-cookie"].decode().split(";")[0].split("=")[1]

    assert accepts(token, cookie)
    assert not accepts(token, cookie[::-1])


def test_reader_with_a_cookie_keeps_it() -> None:
    mine = "abcdefghijklmnopqrstuvwxyz012345"
    start, body = a_form().messages(question(csrftoken=mine))
    token = re.findall(r"<form>(.+?)<b>", body["body"].decode())[0]

    assert headers_of(start)[b"set-cookie"].startswith(f"csrftoken={mine};".encode())
    assert accepts(token, mine)


def test_form_whose_secrets_are_not_there_once_is_refused() -> None:
    with pytest.raises(ValueError, match="once each"):
        Form(answer(f"{OWN[0]} {OWN[1]} {OWN[1]} {OWN[2]}"), OWN)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (b"gzip;q=1.0, *;q=0", {b"gzip"}),
        (b"GZIP", {b"gzip"}),
        (b"gzip;q=0.0", set()),
        (b"br ; q=0.1", {b"br"}),
    ],
)
def test_encodings_as_the_header_says(header: bytes, names: set[bytes]) -> None:
    assert encodings(header) == names


def test_ticket_of_a_shared_form_is_fresh() -> None:
    _start, body = a_form().messages(question())
    ticket = re.findall(r"<i>(.+?)</i>", body["body"].decode())[0]

    assert robots.is_too_quick(ticket)
    assert not robots.is_expired(ticket)
