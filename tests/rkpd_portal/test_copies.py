"""Copies are given to strangers only, only while they hold, and are made once for all who wait."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consultations.editions import OFFER, Part, Terms, Watch
from rkpd_portal import copies
from rkpd_portal.copies import LAST_RESORT, OLDEST, RENEWED, SETTLED, Copies
from rkpd_portal.environ import Receive, Scope, Send
from tests.rkpd_portal.conversation import Client, run, scope

HOME = b"/"
NOW_KNOWN = time.monotonic() + 1e6  # a watch that is never behind


class Portal:
    """An application that says how often it was asked, and offers what it is told to offer."""

    def __init__(self, terms: Terms | None = None, *, pause: float = 0.0, size: int = 10) -> None:
        self.terms = terms
        self.pause = pause
        self.size = size
        self.status = 200
        self.cookie = b""
        self.asked: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        number = len(self.asked)
        await asyncio.sleep(self.pause)
        if self.terms and scope.get(OFFER) is not None:
            scope[OFFER].terms = self.terms
        cookies = [(b"set-cookie", self.cookie)] if self.cookie else []
        headers = [(b"content-type", b"text/html"), *cookies]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = f"{number}:".encode().ljust(self.size, b".")
        await send({"type": "http.response.body", "body": body})


PLAN = Terms((Part.PLAN,), consultation=1)


@pytest.fixture
def watch() -> Watch:
    seen = Watch()
    seen.looked_at = NOW_KNOWN
    return seen


def shelf(portal: Portal, watch: Watch, room: int = 1_000_000) -> Copies:
    return Copies(portal, watch, room=room)


def ask(
    desk: Copies,
    *headers: tuple[bytes, bytes],
    path: bytes = HOME,
    query: bytes = b"",
    method: str = "GET",
) -> str:
    client = Client()
    asked = scope(method, path, *headers) | {"query_string": query}
    run(desk(asked, client.receive, client.send))
    return client.body.decode().strip(".")


def together(desk: Copies, times: int) -> list[str]:
    clients = [Client() for _ in range(times)]

    async def all_at_once() -> None:
        await asyncio.gather(*(desk(scope("GET", HOME), c.receive, c.send) for c in clients))

    run(all_at_once())
    return [client.body.decode().strip(".") for client in clients]


def test_second_reader_gets_the_first_ones_page(watch: Watch) -> None:
    portal = Portal(PLAN)
    desk = shelf(portal, watch)

    assert [ask(desk), ask(desk), ask(desk, path=b"/privasi/")] == ["1:", "1:", "2:"]


def test_page_is_made_in_nobodys_name(watch: Watch) -> None:
    portal = Portal(PLAN)
    mine = (b"cookie", b"csrftoken=a; x=1; django_language=en"), (b"user-agent", b"Peramban")

    ask(shelf(portal, watch), *mine, (b"host", b"rkpd.example"), (b"x-forwarded-for", b"10.0.0.1"))

    assert portal.asked[0]["headers"] == [
        (b"host", b"rkpd.example"),
        (b"cookie", b"django_language=en"),
    ]
    assert "client" not in portal.asked[0]


@pytest.mark.parametrize(
    "header",
    [
        (b"cookie", b"sessionid=abc"),
        (b"cookie", b"x=1; messages=abc"),
        (b"authorization", b"Basic abc"),
        (b"hx-request", b"true"),
        (b"content-length", b"3"),
    ],
)
def test_whoever_is_known_asks_for_themselves(watch: Watch, header: tuple[bytes, bytes]) -> None:
    portal = Portal(PLAN)
    desk = shelf(portal, watch)

    assert [ask(desk), ask(desk, header), ask(desk, header), ask(desk)] == ["1:", "2:", "3:", "1:"]
    assert OFFER not in portal.asked[1]


def test_post_asks_for_itself(watch: Watch) -> None:
    desk = shelf(Portal(PLAN), watch)

    assert [ask(desk), ask(desk, method="POST"), ask(desk, method="HEAD")] == ["1:", "2:", ""]


def test_languages_and_hosts_are_apart(watch: Watch) -> None:
    desk = shelf(Portal(PLAN), watch)
    english, klingon = (b"cookie", b"django_language=en"), (b"cookie", b"django_language=tlh")
    other = (b"host", b"lain.example")

    assert [ask(desk), ask(desk, english), ask(desk, other)] == ["1:", "2:", "3:"]
    assert [ask(desk, english), ask(desk, klingon)] == ["2:", "1:"]


@pytest.mark.parametrize(
    ("path", "query", "other", "is_same"),
    [
        (b"/", b"", b"fbclid=IwAR1", True),
        (b"/konsultasi/k/aspirasi/", b"bab=2", b"bab=2&utm_source=wa", True),
        (b"/konsultasi/k/aspirasi/", b"bab=2", b"bab=3", False),
        (b"/konsultasi/k/aspirasi/", b"cari=jalan+desa", b"cari=jalan%20desa", True),
        (b"/konsultasi/k/aspirasi/", b"cari=\xc3\xa9", b"cari=%C3%A9", True),
        (b"/konsultasi/", b"", b"page=2", False),
        (b"/aspirasi/kirim/k/bab/1/", b"blok=a", b"blok=b", False),
    ],
)
def test_what_a_view_does_not_read_makes_no_other_page(
    watch: Watch, path: bytes, query: bytes, other: bytes, is_same: bool
) -> None:
    desk = shelf(Portal(PLAN), watch)

    first, second = ask(desk, path=path, query=query), ask(desk, path=path, query=other)

    assert (first == second) is is_same


def test_view_that_offers_nothing_is_asked_each_time(watch: Watch) -> None:
    desk = shelf(Portal(), watch)

    assert [ask(desk), ask(desk)] == ["1:", "2:"]


def test_view_that_is_not_marked_is_never_asked_in_nobodys_name(watch: Watch) -> None:
    portal = Portal(PLAN)

    ask(shelf(portal, watch), (b"cookie", b"x=1"), path=b"/aspirasi/cek/")

    assert (b"cookie", b"x=1") in portal.asked[0]["headers"]


def test_error_is_not_kept(watch: Watch) -> None:
    portal = Portal(PLAN)
    portal.status = 500
    desk = shelf(portal, watch)

    assert [ask(desk), ask(desk)] == ["1:", "2:"]


def test_cookie_goes_to_one_browser(watch: Watch) -> None:
    """A view that sets one by mistake is asked again by each reader for themselves."""
    portal = Portal(PLAN, pause=0.05)
    portal.cookie = b"secret=1"
    desk = shelf(portal, watch)

    answers = together(desk, 4)

    assert len(set(answers)) == 4


@pytest.mark.parametrize(
    ("terms", "changes", "holds"),
    [
        (PLAN, (1, Part.PLAN), False),
        (PLAN, (None, Part.PLAN), False),
        (PLAN, (2, Part.PLAN), True),
        (PLAN, (1, Part.VOICES), True),
        (Terms((Part.PLAN, Part.VOICES), 1), (1, Part.VOICES), False),
        (Terms((Part.VOICES,)), (7, Part.VOICES), False),
    ],
)
def test_change_ends_the_copies_that_show_it(
    watch: Watch, terms: Terms, changes: tuple[int | None, str], holds: bool
) -> None:
    desk = shelf(Portal(terms), watch)

    first = ask(desk)
    watch.counts = {changes: 1}
    changed(desk, made_at=time.monotonic() - SETTLED)

    assert (ask(desk) == first) is holds


def test_what_changes_all_the_time_is_not_made_all_the_time(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SETTLED", OLDEST)
    desk, seen = shelf(Portal(PLAN), watch), []

    for number in range(9):
        watch.counts = {(1, Part.PLAN): number}
        seen.append(ask(desk))
        if number % 3 == 2:
            changed(desk, made_at=time.monotonic() - OLDEST)

    assert seen == ["1:"] * 3 + ["2:"] * 3 + ["3:"] * 3


def test_page_whose_making_began_before_a_change_is_made_again(watch: Watch) -> None:
    portal = Portal(PLAN, pause=0.2)
    desk, early, late = shelf(portal, watch), Client(), Client()

    async def one_before_and_one_after() -> None:
        first = asyncio.create_task(desk(scope("GET", HOME), early.receive, early.send))
        await asyncio.sleep(0.05)
        watch.counts = {(1, Part.PLAN): 1}
        await desk(scope("GET", HOME), late.receive, late.send)
        await first

    run(one_before_and_one_after())

    assert (early.body.strip(b"."), late.body.strip(b".")) == (b"1:", b"2:")
    assert ask(desk) == "2:"


def test_page_that_is_settling_ends_with_its_window_all_the_same(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SETTLED", OLDEST)
    desk = shelf(Portal(PLAN), watch)
    ask(desk)
    watch.counts = {(1, Part.PLAN): 1}

    assert ask(desk) == "1:"
    changed(desk, terms=replace(PLAN, until=timezone.now()))
    assert ask(desk) == "2:"


def changed(desk: Copies, **fields: Any) -> None:
    """Make what is on the shelf older, or its terms others."""
    for address, kept in desk.shelf.items():
        desk.shelf[address] = kept._replace(**fields)


def test_copy_ends_at_the_moment_when_the_window_does(watch: Watch) -> None:
    later = timezone.now() + timedelta(hours=1)
    desk = shelf(Portal(replace(PLAN, until=later)), watch)

    assert [ask(desk), ask(desk)] == ["1:", "1:"]
    changed(desk, terms=replace(PLAN, until=timezone.now()))
    assert ask(desk) == "2:"


def test_copy_is_not_given_when_its_figures_are_old(watch: Watch) -> None:
    desk = shelf(Portal(PLAN), watch)
    ask(desk)

    changed(desk, made_at=time.monotonic() - OLDEST)

    assert ask(desk) == "2:"


def test_copy_is_renewed_before_that_without_anybody_waiting(watch: Watch) -> None:
    desk, client = shelf(Portal(PLAN, pause=0.01), watch), Client()
    ask(desk)
    changed(desk, made_at=time.monotonic() - RENEWED)

    async def one_asks() -> None:
        await desk(scope("GET", HOME), client.receive, client.send)
        await asyncio.gather(*(making.task for making in desk.making.values()))

    run(one_asks())

    assert client.body.strip(b".") == b"1:"
    assert ask(desk) == "2:"


def test_many_who_ask_at_once_have_it_made_once(watch: Watch) -> None:
    portal = Portal(PLAN, pause=0.05)

    assert together(shelf(portal, watch), 50) == ["1:"] * 50
    assert len(portal.asked) == 1


def test_reader_who_leaves_takes_the_page_from_nobody(watch: Watch) -> None:
    portal = Portal(PLAN, pause=0.1)
    desk, client = shelf(portal, watch), Client()

    async def one_leaves() -> None:
        leaving = asyncio.create_task(desk(scope("GET", HOME), client.receive, client.send))
        staying = asyncio.create_task(desk(scope("GET", HOME), client.receive, client.send))
        await asyncio.sleep(0.02)
        leaving.cancel()
        await staying

    run(one_leaves())

    assert client.body.strip(b".") == b"1:"
    assert len(portal.asked) == 1


def test_room_is_bounded_and_the_least_wanted_makes_it(watch: Watch) -> None:
    portal = Portal(PLAN, size=1000)
    desk = shelf(portal, watch, room=9500)  # a page takes about 1,050 bytes in three encodings
    paths = [b"/privasi/", *(b"/konsultasi/k%d/" % number for number in range(12))]

    for path in paths:
        ask(desk, path=path)
        assert ask(desk, path=b"/privasi/") == "1:"

    assert desk.used <= 9500
    assert desk.used == sum(kept.page.size for kept in desk.shelf.values())
    assert len(desk.shelf) < len(paths)


def test_page_too_large_for_the_shelf_is_served_all_the_same(watch: Watch) -> None:
    desk = shelf(Portal(PLAN, size=5000), watch, room=9500)

    assert [ask(desk), ask(desk)] == ["1:", "2:"]
    assert desk.used == 0


def test_watch_that_is_behind_is_waited_for(watch: Watch) -> None:
    desk = shelf(Portal(PLAN), watch)
    ask(desk)
    changed(desk, made_at=time.monotonic() - SETTLED)
    watch.looked_at = time.monotonic() - 30
    watch.start = lambda: None  # type: ignore[method-assign]

    def look() -> None:
        watch.counts, watch.looked_at = {(1, Part.PLAN): 1}, NOW_KNOWN

    later = threading.Timer(0.2, look)
    later.start()

    assert ask(desk) == "2:"
    later.join()


def test_watch_that_stays_behind_shares_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "CATCH_UP", 0.1)
    desk = shelf(Portal(PLAN), watch)
    ask(desk)
    watch.looked_at = time.monotonic() - 30
    watch.start = lambda: None  # type: ignore[method-assign]

    assert [ask(desk), ask(desk)] == ["2:", "3:"]


def test_without_a_database_the_last_copy_is_better_than_none(watch: Watch) -> None:
    portal = Portal(PLAN)
    desk = shelf(portal, watch)
    ask(desk)
    watch.looked_at, watch.has_failed = time.monotonic() - 30, True
    watch.start = lambda: None  # type: ignore[method-assign]

    assert ask(desk) == "1:"
    assert ask(desk, path=b"/privasi/") == "2:"
    changed(desk, made_at=time.monotonic() - LAST_RESORT)
    assert ask(desk) == "3:"


def test_without_a_database_what_changed_before_is_not_given(watch: Watch) -> None:
    """Somebody withdrew, nobody has opened the page since, and then the database goes."""
    desk = shelf(Portal(PLAN), watch)
    ask(desk)
    watch.counts = {(1, Part.PLAN): 1}
    watch.looked_at, watch.has_failed = time.monotonic() - 30, True
    watch.start = lambda: None  # type: ignore[method-assign]

    assert ask(desk) == "2:"
