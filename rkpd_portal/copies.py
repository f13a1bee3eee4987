"""Pages that are the same for every stranger, kept ready to send ahead of Django (an ASGI layer).

A page is made once, however many ask for it at that moment, in nobody's name: without a cookie but
the language's. It is given away until something in it changes (consultations/editions.py), and for
a minute at most, since it shows figures. Who is signed in, or was told something, never gets one.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from string import punctuation
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from consultations.editions import OFFER, Edition, Key, Offer, Terms, Watch
from rkpd_portal.environ import Message, Receive, Scope, Send, announces_body
from rkpd_portal.pages import Answer, Copy, Form, Question

OLDEST = 60.0  # seconds, since figures are at most a minute old
SETTLED = 0.5  # seconds: what changes more often than that makes no page more often than that
LAST_RESORT = 3600.0  # seconds that a copy is given while the database is away
RENEWED = 45.0  # seconds after which a page is made anew while the copy is still given away
CATCH_UP = 2.0  # seconds that a reader waits for the watch when it is behind
LARGEST_SHARE = 8  # no page takes more than this part of the room
LONGEST = 300  # bytes of what is kept of a request: its path, its query, its host ...
NEVER = ("/static/", "/kelola/", "/akun/", "/admin/")
PORT = f":{urlsplit(settings.SITE_URL).port}".encode()
LANGUAGES = {code.encode() for code, _name in settings.LANGUAGES}
# Cookies that make a page somebody's own.
TELLING = frozenset({settings.SESSION_COOKIE_NAME, "messages"})
PERSONAL = (b"authorization", b"hx-request", b"range")

log = logging.getLogger(__name__)

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Address = tuple[bytes, ...]


class Kept(NamedTuple):
    """A page on the shelf, with what tells whether it still holds."""

    page: Copy | Form
    terms: Terms
    edition: Edition
    made_at: float  # monotonic


class Making(NamedTuple):
    """A page that is being made, and the changes that were known when that began."""

    task: "asyncio.Task[Copy | Form | None]"
    counts: Mapping[Key, int]


class Copies:
    """Answers from the shelf when it can, and asks the application when it must."""

    def __init__(self, application: Application, watch: Watch, *, room: int) -> None:
        self.application = application
        self.watch = watch
        self.room = room  # bytes
        self.used = 0
        self.shelf: OrderedDict[Address, Kept] = OrderedDict()
        self.making: dict[Address, Making] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = question_of(scope)
        page = await self.find(question.address) if question else None
        if question is None or page is None:
            await self.application(scope, receive, send)
            return
        start, body = page.messages(question)
        await send(start)
        await send(body)

    async def find(self, address: Address) -> Copy | Form | None:
        """The page, from the shelf or made now; None when each must ask for themselves."""
        if shared_by(address[0]) is None:
            return None
        if self.watch.is_behind and not await self.catch_up():
            return self.last_resort(address) or await asyncio.shield(self.make(address))
        kept = self.shelf.get(address)
        if kept and (self.holds(kept) or is_settling(kept)):
            self.shelf.move_to_end(address)
            if time.monotonic() - kept.made_at > RENEWED:
                self.make(address)
            return kept.page
        return await asyncio.shield(self.make(address))

    async def catch_up(self) -> bool:
        """Wait a moment for the watch; False if it stays behind."""
        self.watch.start()
        end = time.monotonic() + CATCH_UP
        while self.watch.is_behind and not self.watch.is_cut_off and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return not self.watch.is_behind

    def holds(self, kept: Kept) -> bool:
        """Whether the page would still be made like this, figures included."""
        return time.monotonic() - kept.made_at < OLDEST and self.is_of_now(kept)

    def is_of_now(self, kept: Kept) -> bool:
        """Whether nothing changed that it shows, as far as this process knows."""
        unchanged = kept.edition == kept.terms.edition(self.watch.counts)
        return unchanged and is_in_time(kept.terms)

    def last_resort(self, address: Address) -> Copy | Form | None:
        """While the database is away: the last copy of the edition that was seen last, for a while.
        What people say cannot change then; the figures on it say how old they are."""
        kept = self.shelf.get(address)
        if not kept or not self.watch.is_cut_off or not self.is_of_now(kept):
            return None
        return kept.page if time.monotonic() - kept.made_at < LAST_RESORT else None

    # Making -----------------------------------------------------------------------------------

    def make(self, address: Address) -> "asyncio.Task[Copy | Form | None]":
        """The one task that makes this page now; everybody waits for the same, but for one that
        began before something changed."""
        counts, begun = self.watch.counts, self.making.get(address)
        if begun and begun.counts is counts:
            return begun.task
        task = asyncio.create_task(self._make(address, counts))
        making = self.making[address] = Making(task, counts)
        task.add_done_callback(lambda _task: self.forget(address, making))
        return task

    def forget(self, address: Address, making: Making) -> None:
        if self.making.get(address) is making:
            del self.making[address]

    async def _make(self, address: Address, counts: Mapping[Key, int]) -> Copy | Form | None:
        made_at = time.monotonic()
        answer, offer = Answer(), Offer()
        await self.application(scope_for(address, offer), nothing_follows, answer.take)
        terms = offer.terms if answer.status == HTTPStatus.OK else None
        page = await asyncio.to_thread(page_of, answer, terms)
        if page and terms:
            self.keep(address, Kept(page, terms, terms.edition(counts), made_at))
        return page

    def keep(self, address: Address, kept: Kept) -> None:
        """Put it on the shelf; what was not asked for the longest makes room."""
        if (there := self.shelf.get(address)) and there.made_at > kept.made_at:
            return  # another one that began later was quicker
        self.drop(address)
        if kept.page.size > self.room // LARGEST_SHARE:
            return
        self.shelf[address] = kept
        self.used += kept.page.size
        while self.used > self.room:
            self.drop(next(iter(self.shelf)))

    def drop(self, address: Address) -> None:
        if kept := self.shelf.pop(address, None):
            self.used -= kept.page.size


def is_in_time(terms: Terms) -> bool:
    return terms.until is None or time.time() < terms.until.timestamp()


def is_settling(kept: Kept) -> bool:
    """Whether it is so new that nobody need know yet what changed since: while planners work, the
    pages that everybody reads would be made anew with each of their decisions."""
    return time.monotonic() - kept.made_at < SETTLED and is_in_time(kept.terms)


def page_of(answer: Answer, terms: Terms | None) -> Copy | Form | None:
    """What of the answer others may have; None if it sets a cookie, which is one browser's."""
    if terms and terms.own:
        try:
            return Form(answer, terms.own)
        except ValueError:
            log.exception("A form cannot be shared.")
            return None
    if answer.header(b"set-cookie"):
        return None
    return Copy(answer, is_shared=terms is not None)


# Requests -------------------------------------------------------------------------------------


def question_of(scope: Scope) -> Question | None:
    """What is asked, if a stranger asks for a page; None for everything else."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    host, proto = headers.get(b"host", b""), headers.get(b"x-forwarded-proto", b"")
    if max(map(len, (scope["raw_path"], scope["query_string"], host, proto))) > LONGEST:
        return None
    if scope["path"].startswith(NEVER) or not is_our_port(host):
        return None
    if any(name in headers for name in PERSONAL) or announces_body(scope):
        return None
    cookies = cookies_of(scope) if b"cookie" in headers else {}
    if not TELLING.isdisjoint(cookies):
        return None
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "").encode()
    address = (
        scope["raw_path"],
        what_counts(scope["raw_path"], scope["query_string"]),
        language if language in LANGUAGES else b"",
        host,
        proto,
    )
    accepted = headers.get(b"accept-encoding", b"")[:LONGEST]
    known = headers.get(b"if-none-match", b"")
    return Question(address, cookies, accepted, known, scope["method"] == "HEAD")


def scope_for(address: Address, offer: Offer) -> Scope:
    """The request of nobody in particular for this address; a view answers the offer."""
    path, query, language, host, proto = address
    cookie = f"{settings.LANGUAGE_COOKIE_NAME}=".encode() + language
    headers = [(b"host", host), (b"x-forwarded-proto", proto), (b"cookie", language and cookie)]
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": unquote(path),
        "raw_path": path,
        "query_string": query,
        "headers": [(name, value) for name, value in headers if value],
        OFFER: offer,
    }


async def nothing_follows() -> Message:
    """The end of a request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


def is_our_port(host: bytes) -> bool:
    """Whether the host names the port of `SITE_URL`, or none. Django takes any, and for each of
    them the same page would be made and kept once more."""
    return b":" not in host or host.endswith(PORT)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of all its headers; a browser sends one, a proxy may have split it."""
    header = b";".join(value for name, value in scope["headers"] if name == b"cookie")
    pairs = (pair.partition("=") for pair in header.decode("latin-1").split(";"))
    return {name.strip(): value.strip() for name, _sign, value in pairs}


def what_counts(path: bytes, query: bytes) -> bytes:
    """The query without what the view does not read."""
    names = shared_by(path) if query else None
    if names is None:
        return query
    asked = parse_qsl(quote(query, safe=punctuation), keep_blank_values=True)
    return urlencode([(name, value) for name, value in asked if name in names]).encode()


@lru_cache(maxsize=1000)
def shared_by(path: bytes) -> frozenset[str] | None:
    """What the view of this address reads of the query; None if its answers are not shared."""
    try:
        view = resolve(unquote(path)).func
    except Resolver404:
        return None
    return getattr(view, "shared_by", None)
