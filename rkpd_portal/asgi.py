"""The application that the web server serves: the WSGI one, kept from waiting for any client.

The event loop takes each request in to its last byte and hands each answer out as fast as it is
read. Threads, of which there are few, only work.
"""

import asyncio
import gc
import logging
import random
import resource
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from consultations.editions import OFFER, watch
from rkpd_portal import wsgi
from rkpd_portal.copies import Copies
from rkpd_portal.environ import (
    Environ,
    Headers,
    Receive,
    Scope,
    Send,
    announced_length,
    announces_body,
    environ_of,
    waits_for_leave,
)

PATIENCE = 30.0  # seconds for any body, and more for what has come at the slowest rate:
SLOWEST = 2048  # bytes a second, which the worst of village networks gives
STALLED = 600.0  # seconds for a piece of an answer, since buffers on the way empty in bursts
GARBAGE = (20_000, 20, 20)  # objects, then rounds, after which each generation is looked through
AGAIN = (10, 20)  # seconds, from and to, after which to come again when too many are here
FIRST = ("/static/", "/aspirasi/kirim/tanda-terima/")  # whose requests come first
PIECE = 128 * 1024  # bytes of an answer in our memory at a time

log = logging.getLogger(__name__)

Application = Callable[[Environ, Any], Iterable[bytes]]

SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: (
        "Kiriman ini terlalu lama tiba. Periksa sambungan Anda dan kirim sekali lagi.\n"
        "This took too long to arrive. Check your connection and send it once more.\n"
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Kiriman ini terlalu besar. Persingkat dan kirim sekali lagi.\n"
        "This is too large. Shorten it and send it once more.\n"
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Terjadi kesalahan pada portal. Coba sekali lagi nanti.\n"
        "Something went wrong in the portal. Try once more later.\n"
    ),
}


def busy_pages() -> dict[bytes, bytes]:
    """What to say when too many ask at once, by language; made before that happens."""
    pages = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            pages[language.encode()] = render_to_string("503.html").encode()
    return pages


class Refused(Exception):
    """The request is answered before the application sees it; more of it `may_come` yet."""

    def __init__(self, status: HTTPStatus, *, may_come: bool = False) -> None:
        self.status, self.may_come = status, may_come


class Gone(Exception):
    """The client left; nobody waits for an answer."""


class Answer:
    """What the application says to one request; `begin`, `take` and `close` work in a thread."""

    def __init__(self, application: Application, environ: Environ) -> None:
        self.application = application
        self.environ = environ
        self.status = 0
        self.headers: Headers = []
        self.said: Iterable[bytes] = ()
        self.pieces: Iterator[bytes] = iter(())
        self.is_open = False

    def begin(self) -> bytes:
        """Ask the application; its first piece, which is all for most pages."""
        self.said = self.application(self.environ, self.start)
        self.pieces, self.is_open = iter(self.said), True
        if self.environ["REQUEST_METHOD"] == "HEAD":
            self.close()
            return b""
        return self.take()

    def start(self, status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
        """WSGI's start_response, without the function for writing that few applications know."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers]

    def take(self) -> bytes:
        """The next piece; closes the answer when that was the last."""
        taken, size = [], 0
        try:
            for chunk in self.pieces:
                taken.append(chunk)
                size += len(chunk)
                if size >= PIECE:
                    return b"".join(taken)
        except BaseException:
            self.close()
            raise
        self.close()
        return b"".join(taken)

    def close(self) -> None:
        """Tell the application that it is done, once."""
        if self.is_open:
            self.is_open = False
            getattr(self.said, "close", lambda: None)()


class Gateway:
    """An ASGI application that runs a WSGI one in threads, for whole requests only."""

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        largest: int,
        queue: int = 100,
        first: tuple[str, ...] = (),
        patience: float = PATIENCE,
    ) -> None:
        self.application = application
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="portal")
        self.most = threads + queue  # requests that are worked on or wait for it
        self.begun = 0
        self.busy = busy_pages()
        self.first = first
        self.largest = largest
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await self.whole_body(scope, receive)
            answer = Answer(self.application, environ_of(scope, body))
            first = await self.admit(answer)
        except Gone:
            return
        except Refused as refusal:
            if refusal.may_come:
                await self.let_speak_out(receive)
            if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
                await self.ask_to_come_again(scope, send)
            else:
                await refuse(send, refusal.status)
        except Exception:
            log.exception("A request failed before the application could answer it.")
            await refuse(send, HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            await self.hand_out(answer, first, receive, send)

    # In ---------------------------------------------------------------------------------------

    async def whole_body(self, scope: Scope, receive: Receive) -> bytes:
        """Everything the client sends. Raises Refused when that is too much or takes too long."""
        if not announces_body(scope):
            return b""
        if announced_length(scope) > self.largest:
            speaks = not waits_for_leave(scope)
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, may_come=speaks)
        try:
            async with asyncio.timeout(self.patience) as limit:
                return await self.collect(receive, limit)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None

    async def collect(self, receive: Receive, limit: asyncio.Timeout) -> bytes:
        """The chunks of the body as they come; each one moves the limit."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            body += chunk
            is_last = not message.get("more_body")
            if len(body) > self.largest:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, may_come=not is_last)
            if is_last:
                return bytes(body)
            limit.reschedule((limit.when() or 0) + len(chunk) / SLOWEST)

    async def let_speak_out(self, receive: Receive) -> None:
        """Drop the rest as it comes: few clients hear an answer while they speak."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                while (await receive()).get("more_body"):
                    pass

    async def admit(self, answer: Answer) -> bytes:
        """Have it begun by a thread. Raises Refused when too many wait for one: whoever waits for
        long presses again, and then nobody is served. Pages made for all readers come first, what
        makes them look like pages, and the receipt of what was kept already."""
        asked = answer.environ  # a search is shared too, but one person's
        is_first = asked[OFFER] is not None and not asked["QUERY_STRING"]
        is_first = is_first or asked["PATH_INFO"].startswith(self.first)
        if self.begun >= self.most * (2 if is_first else 1):
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE)
        self.begun += 1
        try:
            return await self.work(answer.begin)
        finally:
            self.begun -= 1

    async def ask_to_come_again(self, scope: Scope, send: Send) -> None:
        """Say in the reader's language that too many are here; a page is asked for again."""
        cookie = dict(scope["headers"]).get(b"cookie", b"")
        default = settings.LANGUAGE_CODE.encode()
        named = settings.LANGUAGE_COOKIE_NAME.encode()
        language = next((code for code in self.busy if named + b"=" + code in cookie), default)
        later = str(random.randint(*AGAIN)).encode()  # noqa: S311  # so that not all come together
        again = [(b"refresh", later)] if scope["method"] == "GET" else []
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(self.busy[language])).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"retry-after", later),
            *again,
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": self.busy[language]})

    # Out --------------------------------------------------------------------------------------

    async def hand_out(self, answer: Answer, piece: bytes, receive: Receive, send: Send) -> None:
        """Send the answer piece by piece, each when the one before it has been read."""
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        if not answer.is_open:
            await send({"type": "http.response.body", "body": piece})
            return
        leaving = asyncio.ensure_future(departure(receive))
        try:
            while answer.is_open and not leaving.done():
                await self.hand_over(piece, send)
                piece = await self.work(answer.take)
            if not leaving.done():
                await send({"type": "http.response.body", "body": piece})
        finally:
            leaving.cancel()
            await self.work(answer.close)

    async def hand_over(self, piece: bytes, send: Send) -> None:
        """One piece of many."""
        async with asyncio.timeout(STALLED):
            await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def work(self, step: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.threads, step)


async def departure(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def refuse(send: Send, status: HTTPStatus) -> None:
    """Answer in a sentence, and end the connection: what is still to come on it is not read."""
    sentence = SENTENCES[status].encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(sentence)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})


def allow_many_files() -> None:
    """Every connection is one; by default a system lets a process have few, though it may more."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def look_for_garbage_less_often() -> None:
    """What was loaded at the start stays for good, so the collector need not walk through it after
    every few requests, which took it a fifth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


allow_many_files()
look_for_garbage_less_often()
gateway = Gateway(
    wsgi.application,
    threads=settings.WEB_THREADS,
    largest=settings.LARGEST_REQUEST,
    queue=settings.WEB_QUEUE,
    first=FIRST,
)
application = Copies(gateway, watch, room=settings.COPIES_BYTES)
