"""Whole requests go in, answers go out as fast as they are read, and no client holds a thread."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from consultations.editions import OFFER, Offer
from rkpd_portal import asgi
from rkpd_portal.asgi import PIECE, Gateway
from rkpd_portal.environ import Environ, Message
from tests.rkpd_portal.conversation import CHUNKED, GONE, WHOLE, Client, length, part, run, scope

Application = Callable[[Environ, Any], Iterable[bytes]]


def echo(environ: Environ, start: Any) -> Iterable[bytes]:
    start("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
    return [environ["wsgi.input"].read()]


def gateway(application: Application = echo, **limits: Any) -> Gateway:
    return Gateway(application, **{"threads": 1, "largest": 1000, **limits})


def talk(gate: Gateway, request: Message, client: Client) -> Client:
    async def conversation() -> None:
        await gate(request, client.receive, client.send)

    run(conversation())
    return client


def together(*conversations: Callable[[], Awaitable[None]]) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(conversation() for conversation in conversations))

    run(all_of_them())


# In -----------------------------------------------------------------------------------------


def test_body_reaches_the_application_whole() -> None:
    client = Client(part(b"satu "), part(b"dua"), part(b"", more=False))

    talk(gateway(), scope("POST", b"/", length(8)), client)

    assert (client.status, client.body) == (200, b"satu dua")


def test_body_of_unknown_length_gets_one() -> None:
    client = Client(part(b"satu "), part(b"dua", more=False))

    talk(gateway(), scope("POST", b"/", CHUNKED), client)

    assert client.headers[b"X-Length"] == b"8"
    assert client.body == b"satu dua"


def test_request_without_a_body_waits_for_none() -> None:
    client = talk(gateway(), scope("GET"), Client())

    assert (client.status, client.headers[b"X-Length"]) == (200, b"")


LAST = part(b"x" * 600, more=False)
LEAVE = (b"expect", b"100-Continue")


@pytest.mark.parametrize(
    ("headers", "parts"),
    [
        ([length(1200)], [part(b"x" * 600), LAST]),
        ([length(10**30), LEAVE], []),
        ([CHUNKED], [part(b"x" * 600), LAST]),
        ([CHUNKED], [part(b"x" * 600)] * 9 + [LAST]),
        ([CHUNKED], [part(b"x" * 600)] * 9 + [GONE]),
    ],
)
def test_body_that_is_too_large_is_let_pass_and_refused(
    headers: list[tuple[bytes, bytes]], parts: list[Message]
) -> None:
    client = talk(gateway(), scope("POST", b"/", *headers), Client(*parts))

    assert client.status == 413
    assert client.headers[b"connection"] == b"close"
    assert "Kiriman ini terlalu besar." in client.body.decode()
    assert next(client.parts, None) is None
    assert client.has_more_to_say, "nobody listens on after the last word"


def test_body_that_is_too_large_is_not_let_pass_for_ever() -> None:
    client = Client(*[part(b"x" * 600)] * 900, pause=0.01)

    talk(gateway(patience=0.2), scope("POST", b"/", CHUNKED), client)

    assert client.status == 413
    assert next(client.parts, None)


def test_largest_body_is_taken() -> None:
    client = talk(
        gateway(), scope("POST", b"/", length(1000)), Client(part(b"x" * 1000, more=False))
    )

    assert client.status == 200


def test_body_that_takes_too_long_is_refused() -> None:
    trickle = Client(*[part(b"x")] * 900, pause=0.01)

    talk(gateway(patience=0.2), scope("POST", b"/", length(900)), trickle)

    assert trickle.status == 408
    assert trickle.headers[b"connection"] == b"close"
    assert "Kiriman ini terlalu lama tiba." in trickle.body.decode()


def test_body_that_keeps_coming_gets_the_time_that_it_takes() -> None:
    steady = Client(*[part(b"x" * 1000)] * 9, part(b"", more=False), pause=0.05)

    talk(gateway(largest=9000, patience=0.1), scope("POST", b"/", length(9000)), steady)

    assert steady.status == 200


def test_whoever_leaves_amid_the_body_is_not_answered() -> None:
    asked: list[Environ] = []

    def application(environ: Environ, start: Any) -> Iterable[bytes]:
        asked.append(environ)
        return echo(environ, start)

    client = talk(gateway(application), scope("POST", b"/", length(900)), Client(part(b"x"), GONE))

    assert (client.heard, asked) == ([], [])


def test_waiting_for_bodies_holds_no_thread() -> None:
    gate = gateway()
    slow = [Client(part(b"x"), pause=1) for _ in range(40)]
    reader, answered = Client(), []

    async def trickle(client: Client) -> None:
        task = asyncio.ensure_future(
            gate(scope("POST", b"/", length(900)), client.receive, client.send)
        )
        await asyncio.sleep(0.5)
        answered.append(bool(reader.heard))
        task.cancel()

    async def read() -> None:
        await gate(scope("GET"), reader.receive, reader.send)

    together(*(lambda client=client: trickle(client) for client in slow), read)

    assert answered == [True] * 40


# Out ----------------------------------------------------------------------------------------


class Download:
    """An answer of many pieces that knows when it was closed."""

    def __init__(self, pieces: int, fails_at: int = -1) -> None:
        self.pieces = pieces
        self.fails_at = fails_at
        self.taken = 0
        self.closed = 0

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "application/pdf")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.pieces):
            if number == self.fails_at:
                raise OSError("The disk is gone.")
            self.taken += 1
            yield bytes([number % 251]) * PIECE

    def close(self) -> None:
        self.closed += 1

    @property
    def bytes(self) -> bytes:
        return b"".join(bytes([number % 251]) * PIECE for number in range(self.pieces))


@pytest.mark.parametrize("pieces", [0, 1, 2, 300])
def test_every_byte_arrives_and_the_answer_is_closed_once(pieces: int) -> None:
    download = Download(pieces)

    client = talk(gateway(download), scope("GET"), Client())

    assert client.body == download.bytes
    assert not client.heard[-1].get("more_body")
    assert download.closed == 1


def test_piece_is_taken_only_when_the_one_before_was_read() -> None:
    download = Download(300)
    client = Client(reads=0.02)

    async def read_for_a_moment() -> None:
        reading = asyncio.ensure_future(
            gateway(download)(scope("GET"), client.receive, client.send)
        )
        await asyncio.sleep(0.3)
        assert download.taken <= len(client.heard) + 2
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    together(read_for_a_moment)

    assert download.closed == 1


def test_whoever_leaves_amid_the_answer_ends_it() -> None:
    download = Download(300)

    client = talk(gateway(download), scope("GET"), Client(WHOLE, GONE, pause=0.05, reads=0.01))

    assert download.taken < 300
    assert download.closed == 1
    assert client.heard[-1]["more_body"]


def test_slow_readers_hold_no_thread() -> None:
    busy: list[int] = []
    download = Download(300)

    def application(environ: Environ, start: Any) -> Iterable[bytes]:
        busy.append(threading.get_ident())
        return (
            download(environ, start) if environ["PATH_INFO"] == "/unduh" else echo(environ, start)
        )

    gate, reader = gateway(application), Client()

    async def read() -> None:
        downloads = [Client(reads=3600) for _ in range(10)]
        slow = [
            asyncio.ensure_future(gate(scope("GET", b"/unduh"), client.receive, client.send))
            for client in downloads
        ]
        while len(busy) < 10:
            await asyncio.sleep(0.01)
        await asyncio.wait_for(gate(scope("GET"), reader.receive, reader.send), 30)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    together(read)

    assert reader.status == 200
    assert len(set(busy)) == 1  # all of it in the one thread that there is


def test_head_has_headers_and_takes_nothing() -> None:
    download = Download(300)

    client = talk(gateway(download), scope("HEAD"), Client())

    assert (client.status, client.body, download.taken, download.closed) == (200, b"", 0, 1)


def test_fault_of_the_application_is_answered_in_words(caplog: pytest.LogCaptureFixture) -> None:
    def broken(environ: Environ, start: Any) -> Iterable[bytes]:
        raise ValueError("kata-kata rahasia")

    client = talk(gateway(broken), scope("GET"), Client())

    assert client.status == 500
    assert "Terjadi kesalahan pada portal." in client.body.decode()
    assert "rahasia" not in client.body.decode()
    assert "failed before the application could answer" in caplog.text


@pytest.mark.parametrize("fails_at", [0, 150])
def test_answer_that_fails_midway_is_closed_and_not_ended(fails_at: int) -> None:
    download, client = Download(300, fails_at), Client()

    if fails_at:
        with pytest.raises(OSError, match="The disk is gone"):
            talk(gateway(download), scope("GET"), client)
        assert client.heard[-1]["more_body"]
    else:
        assert talk(gateway(download), scope("GET"), client).status == 500

    assert download.closed == 1


# Too many -----------------------------------------------------------------------------------


def crowded(
    *,
    language: bytes = b"",
    method: str = "GET",
    offer: Offer | None = None,
    path: bytes = b"/",
) -> list[Client]:
    """What three get who ask at once of a portal with one thread and room for one who waits."""
    release = threading.Event()

    def slow(environ: Environ, start: Any) -> Iterable[bytes]:
        release.wait(10)
        start("200 OK", [])
        return [b"maaf lama"]

    gate = gateway(slow, queue=1, first=("/first/",))
    clients = [Client(WHOLE) for _ in range(3)]
    headers = [(b"cookie", b"django_language=" + language)] if language else []
    asked = scope(method, path, *headers) | ({OFFER: offer} if offer else {})

    async def one_after_the_other() -> None:
        tasks = []
        for client in clients:
            tasks.append(asyncio.create_task(gate(asked, client.receive, client.send)))
            await asyncio.sleep(0.02)
        release.set()
        await asyncio.gather(*tasks)

    run(one_after_the_other())
    return clients


def test_who_would_wait_too_long_is_asked_to_come_again() -> None:
    first, second, third = crowded()

    assert [first.body, second.body] == [b"maaf lama"] * 2
    assert third.status == 503
    assert third.headers[b"retry-after"] == third.headers[b"refresh"]
    assert 10 <= int(third.headers[b"retry-after"]) <= 20
    assert b"sangat banyak" in third.body


def test_form_that_was_sent_is_not_asked_for_again() -> None:
    *_served, refused = crowded(method="POST", language=b"en")

    assert refused.status == 503
    assert b"refresh" not in refused.headers
    assert b"let your browser send the form once more" in refused.body


def test_page_for_all_readers_comes_first() -> None:
    assert [client.status for client in crowded(offer=Offer())] == [200, 200, 200]


def test_receipt_of_what_was_kept_comes_first() -> None:
    assert [client.status for client in crowded(path=b"/first/receipt/")] == [200, 200, 200]
    assert [client.status for client in crowded(path=b"/last/")] == [200, 200, 503]
    assert asgi.gateway.first == (settings.STATIC_URL, reverse("sending:receipt"))
