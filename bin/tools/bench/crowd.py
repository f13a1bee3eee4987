"""The last evening: a thousand readers and a hundred senders at once; then more than there is room.

Everybody pauses as people do, on a connection of their own. The worker and the clock run beside it.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bin.tools.bench.discovery import Reader, new_browser
from bin.tools.bench.figures import memory_of
from bin.tools.bench.kept import copy_of
from bin.tools.bench.load import LENGTH, status_of
from bin.tools.bench.stack import Stack, Web, running
from bin.tools.bench.submit import (
    COOKIE,
    FRESH,
    READING,
    RECEIPT,
    answers,
    form_at,
    form_of,
    request,
)
from bin.tools.chaos.browser import Form
from rkpd_portal.localstack.ports import HOST
from rkpd_portal.localstack.terminal import Problem, say

READERS, SENDERS, RUSHING = 1000, 100, 600
READ_PAUSE = 1.0  # seconds between two pages of one reader, on average
SEND_PAUSE = 2.0  # between two steps of one sender, besides the time to write
RUSH_SECONDS = 30.0
IMPATIENCE = 1.0  # seconds until somebody presses again who was asked to wait for ten
GOAL = 0.3  # seconds that 95 of 100 answers take at most
PATIENCE = 60.0


@dataclass
class Tally:
    """What a crowd met: how long answers took, and how often each status came."""

    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sent: int = 0  # forms that were answered by a redirect
    told_to_wait: int = 0  # of the 503, those that say when to come again

    def percentile(self, part: float) -> float:
        """Seconds; `part` between 0 and 1."""
        return sorted(self.took)[int(part * (len(self.took) - 1))]

    @property
    def errors(self) -> int:
        return sum(number for status, number in self.statuses.items() if status >= 400)

    def in_words(self) -> str:
        times = ", ".join(
            f"p{100 * part:.0f} {1000 * self.percentile(part):.0f} ms" for part in PARTS
        )
        return f"{len(self.took):,} answers ({dict(sorted(self.statuses.items()))}), {times}"


PARTS = (0.5, 0.95, 0.99)


class Line:
    """One kept-alive connection of somebody in the crowd."""

    def __init__(self, port: int, tally: Tally) -> None:
        self.port, self.tally = port, tally
        self.ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: bytes) -> tuple[int, bytes, bytes]:
        """Status, head and body; opens the connection anew when the server has closed it."""
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            reader, writer = self.ends = self.ends or await asyncio.open_connection(HOST, self.port)
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
        if b"connection: close" in head.lower():
            self.close()
        status = status_of(head)
        self.tally.took.append(time.perf_counter() - began)
        self.tally.statuses[status] += 1
        self.tally.told_to_wait += status == 503 and b"retry-after" in head.lower()
        return status, head, body

    def close(self) -> None:
        if self.ends:
            self.ends[1].close()
        self.ends = None


@dataclass
class Crowd:
    """Who asks for what; everybody stops when the time is over."""

    port: int
    pages: list[str]
    path: str  # of the form
    form: Form
    end: float = 0.0
    reading: Tally = field(default_factory=Tally)
    sending: Tally = field(default_factory=Tally)

    async def gather(
        self, seconds: float, people: dict[Callable[[], Awaitable[None]], int]
    ) -> None:
        self.end = time.monotonic() + seconds
        await asyncio.gather(*(one() for one, number in people.items() for _ in range(number)))

    async def reader(self) -> None:
        line, chance = Line(self.port, self.reading), random.Random()  # noqa: S311
        await asyncio.sleep(chance.uniform(0, 2 * READ_PAUSE))
        while time.monotonic() < self.end:
            path = chance.choice(self.pages)
            await line.ask(request("GET", self.port, path, {}).replace(b"\r\n\r\n", GZIP))
            await asyncio.sleep(chance.uniform(0, 2 * READ_PAUSE))
        line.close()

    async def sender(self) -> None:
        """Journey after journey, with pauses to read and write."""
        line, chance = Line(self.port, self.sending), random.Random()  # noqa: S311
        await asyncio.sleep(chance.uniform(0, 2 * SEND_PAUSE))
        while time.monotonic() < self.end:
            await self.journey(line, lambda: asyncio.sleep(chance.uniform(0, 2 * SEND_PAUSE)))
        line.close()

    async def journey(self, line: Line, pause: Callable[[], Awaitable[None]]) -> None:
        """From the form to the receipt; given up where the portal asks to come again."""
        status, head, page = await line.ask(request("GET", self.port, self.path, {}))
        if status != 200:
            return
        cookies = cookies_of(head)
        filled_in = self.form.fields | answers(self.form) | dict(FRESH.findall(page.decode()))
        await asyncio.sleep(READING)
        for step in ("check", "send"):
            await pause()
            body = urlencode(filled_in | {"step": step})
            status, head, _ = await line.ask(request("POST", self.port, self.path, cookies, body))
            if status >= 400:
                return
        self.sending.sent += status == 302
        await line.ask(request("GET", self.port, RECEIPT, cookies | cookies_of(head)))

    async def rushing(self) -> None:
        """Somebody who sends again and again without a pause, each time another form."""
        line, opened = Line(self.port, self.sending), self.opened
        while time.monotonic() < self.end:
            filled_in = opened.fields | answers(opened) | {"step": "send", "key": uuid.uuid4().hex}
            asked = request("POST", self.port, self.path, self.cookies, urlencode(filled_in))
            status, _head, _body = await line.ask(asked)
            self.sending.sent += status == 302
            await asyncio.sleep(IMPATIENCE if status == 503 else 0)
        line.close()

    opened: Form = field(init=False)
    cookies: dict[str, str] = field(init=False)


GZIP = b"\r\nAccept-Encoding: gzip\r\n\r\n"


def cookies_of(head: bytes) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in COOKIE.findall(head)}


def crowd(folder: Path, minutes: float) -> str:
    """Ten minutes of what can be carried, then half a minute of what cannot."""
    with running(copy_of(0, folder / "stack")) as stack:
        web = stack.portal()
        stack.work()
        before = stack.count("aspirations_aspiration")
        people = gathering(web)
        say(f"{READERS} readers and {SENDERS} senders for {minutes:g} minutes ...")
        sizes = asyncio.run(carried(people, web, minutes))
        say(f"readers: {people.reading.in_words()}\nsenders: {people.sending.in_words()}")
        require_all_kept(stack, before, people.sending.sent)
        rush = gathering(web)
        say(f"{RUSHING} who send without a pause for {RUSH_SECONDS:.0f} s, beside the readers ...")
        asyncio.run(rush.gather(RUSH_SECONDS, {rush.rushing: RUSHING, rush.reader: READERS}))
        say(f"readers: {rush.reading.in_words()}\nsenders: {rush.sending.in_words()}")
        require_all_kept(stack, before, people.sending.sent + rush.sending.sent)
        require_honesty(rush)
        say_memory(stack)
    p95 = max(people.reading.percentile(0.95), people.sending.percentile(0.95))
    errors = people.reading.errors + people.sending.errors
    return (
        f"ratio={p95 / GOAL:.2f} p95_ms={1000 * p95:.0f} errors={errors}"
        f" memory_mb={sizes[0]:.0f}..{sizes[-1]:.0f} pages={len(people.reading.took)}"
        f" sent={people.sending.sent} rush_sent={rush.sending.sent}"
        f" rush_refused={rush.sending.statuses[503]}"
    )


def gathering(web: Web) -> Crowd:
    path = form_of(web)
    opened = form_at(web, path)
    pages = list(Reader(new_browser(web.port)).way().values())
    people = Crowd(web.port, pages, path, opened.form)
    people.opened, people.cookies = opened.form, opened.cookies
    time.sleep(READING)
    return people


async def carried(people: Crowd, web: Web, minutes: float) -> list[float]:
    """Let them come; the memory of the web server's processes in MB, minute by minute."""
    work = people.gather(60 * minutes, {people.reader: READERS, people.sender: SENDERS})
    task, sizes = asyncio.ensure_future(work), list[float]()
    step = min(60.0, 20 * minutes)
    while not task.done():
        await asyncio.wait({task}, timeout=step)
        sizes.append(sum(memory_of(web.child.pid)))
        read, sent = len(people.reading.took), people.sending.sent
        say(f"  {read:>9,} pages, {sent:>6,} sent, {sizes[-1]:.0f} MB")
    await task
    return sizes


def say_memory(stack: Stack) -> None:
    """What each program takes at the end, and its largest processes."""
    for child in reversed(stack.children):
        sizes = memory_of(child.pid)
        largest = " + ".join(f"{size:.0f}" for size in sizes[:4])
        say(f"{child.name:<11}{sum(sizes):5.0f} MB in {len(sizes):2} processes: {largest}")


def require_all_kept(stack: Stack, before: int, sent: int) -> None:
    kept = stack.count("aspirations_aspiration") - before
    if kept != sent:
        raise Problem(f"{sent} aspirations were answered by a redirect, but {kept} are kept.")
    say(f"{kept:,} aspirations kept: each that was answered, and no other.")


def require_honesty(rush: Crowd) -> None:
    """Whoever is not served is told when to come again, and readers are served all the same."""
    odd = {*rush.sending.statuses, *rush.reading.statuses} - {200, 302, 503}
    refused = rush.sending.statuses[503] + rush.reading.statuses[503]
    told = rush.sending.told_to_wait + rush.reading.told_to_wait
    if odd or refused != told:
        raise Problem(f"In the rush came {odd}, and {refused - told} refusals without Retry-After.")
