"""Aspirations through the real form, over a plain Django form of the same fields and middleware.

Each POST comes from a browser without a session and from an address of its own, as residents do.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from bin.tools.bench.discovery import FORM, Reader, new_browser
from bin.tools.bench.figures import ROUNDS, cpu_seconds, in_words, median
from bin.tools.bench.kept import copy_of
from bin.tools.bench.load import CONNECTIONS, Connection, Load, cpu_over, over, send, status_of
from bin.tools.bench.stack import Stack, Web, running
from bin.tools.chaos.browser import Form, Page
from rkpd_portal.localstack.ports import HOST
from rkpd_portal.localstack.terminal import Problem, say

SECONDS = 3.0  # of each measurement
PREPARED = 10_000  # more than the fastest of them takes in that time
READING = 2.3  # seconds from the form to the sending; quicker is taken for a machine
JOURNEYS = 400  # of each round
RECEIPT = "/aspirasi/kirim/tanda-terima/"
COOKIE = re.compile(rb"\r\nset-cookie: *([^=;]+)=([^;]*)", re.IGNORECASE)
FRESH = re.compile(r'name="(csrfmiddlewaretoken|key|ticket)"[^>]*value="([^"]*)"')
TITLES = {
    "portal": "portal, POST of the form",
    "floor": "floor, ModelForm with the same middleware",
    "insert": "bare INSERT without middleware",
    "journeys": "whole journeys (form, check, send, receipt)",
}
numbers = count(1)
Sides = dict[str, list[Load]]  # portal, floor, insert: a figure for each round


def submit(folder: Path) -> str:
    """POSTs alone on the portal and on both floors in turn, then whole journeys."""
    with running(copy_of(0, folder / "stack")) as stack:
        stack.make_floor_table()
        portal, floor = stack.portal(), stack.floor("floor")
        insert = stack.floor("insert", FLOOR_IS_BARE="1")
        place = form_of(portal)
        senders = {
            "portal": Sender(portal, place),
            "floor": Sender(floor, "/form/"),
            "insert": Sender(insert, "/insert/", opened=form_at(floor, "/form/")),
        }
        before = kept(stack)
        sides: Sides = {name: [] for name in senders}
        journeys: list[Load] = []
        database: list[float] = []  # milliseconds of PostgreSQL's CPU for a journey
        for number in range(ROUNDS):
            say(f"Round {number + 1} of {ROUNDS} ...")
            for name, sender in senders.items():
                sides[name].append(sender.send())
            worked = cpu_seconds(stack.postgres.child.pid)
            journeys.append(walk(portal, place, senders["portal"].opened))
            worked = cpu_seconds(stack.postgres.child.pid) - worked
            database.append(1000 * worked / journeys[-1].requests)
        require_all_kept(stack, before, sides, journeys)
    say(f"PostgreSQL's CPU of a journey: {in_words(database, 2)} ms")
    return summary(sides, journeys)


def kept(stack: Stack) -> tuple[int, int]:
    """Rows of the portal and of the floor."""
    return stack.count("aspirations_aspiration"), stack.count("floor_entry")


def require_all_kept(
    stack: Stack, before: tuple[int, int], sides: Sides, journeys: list[Load]
) -> None:
    """What was answered by a redirect is in the database, no less and no more."""
    sent = (
        sum(load.requests for load in [*sides["portal"], *journeys]),
        sum(load.requests for load in [*sides["floor"], *sides["insert"]]),
    )
    now = kept(stack)
    found = (now[0] - before[0], now[1] - before[1])
    if found != sent:
        raise Problem(f"Sent were (portal, floor) {sent}, but kept are {found}.")
    say(f"\n{found[0]:,} aspirations and {found[1]:,} rows of the floor: each that was answered.")


def summary(sides: Sides, journeys: list[Load]) -> str:
    """A line for each side, and the last line of the bench."""
    say(f"{CONNECTIONS} connections, {SECONDS:.0f} s each; ± is half the range of the rounds")
    for name, loads in [*sides.items(), ("journeys", journeys)]:
        rate, cpu = [each.rate for each in loads], [each.cpu_milliseconds for each in loads]
        say(f"{TITLES[name]:<44} {in_words(rate):>14} /s   CPU {median(cpu):6.2f} ms")
    ratio = over(sides["portal"], sides["floor"])
    cpu_ratio = median(cpu_over(sides["portal"], sides["floor"]))
    insert = over(sides["portal"], sides["insert"])
    say(f"portal over floor {in_words(ratio, 3)}, over the bare INSERT {in_words(insert, 3)}")
    middle = {name: median([each.rate for each in loads]) for name, loads in sides.items()}
    return (
        f"ratio={median(ratio):.3f} cpu_ratio={cpu_ratio:.3f}"
        f" aspirations={middle['portal']:.0f} floor={middle['floor']:.0f}"
        f" insert={middle['insert']:.0f} journeys={median([each.rate for each in journeys]):.1f}"
    )


# Forms ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """A form as a browser has it before anything is typed."""

    form: Form
    cookies: dict[str, str]


def form_of(portal: Web) -> str:
    """Where the form of a chapter is that takes aspirations, found as a reader finds it."""
    reader = Reader(new_browser(portal.port))
    return reader.first(reader.way()["chapter"], FORM).partition("?")[0]


def form_at(web: Web, path: str) -> Opened:
    """Open a form; of several on the page, the one with the question about the body."""
    browser = new_browser(web.port)
    page: Page = Reader(browser).page(path)
    form = next(form for form in page.forms if "body" in form.fields)
    return Opened(form, dict(browser.cookies))


def answers(form: Form, *, reply: bool = False) -> dict[str, str]:
    """What a resident fills in; for a `reply` with an address of their own."""
    number = next(numbers)
    kinds = [kind for kind in form.choices["kind"] if kind]
    regencies = form.choices["regency"]
    return {
        "kind": kinds[number % len(kinds)],
        "body": f"Mohon jembatan nomor {number} di desa kami diperbaiki sebelum musim hujan tiba.",
        "regency": regencies[number % len(regencies)],
        "stakeholder_group": "resident",
        "display_name": "Rina Lestari",
        "consent_publish": "on",
        "privacy": "on",
        **({"contact_email": f"warga{number}@contoh.example"} if reply else {}),
    }


def request(method: str, port: int, path: str, cookies: dict[str, str], body: str = "") -> bytes:
    """A request as it goes over the line, from an address of its own behind the proxy."""
    number = next(numbers)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}:{port}",
        f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "Accept: text/html",
    ]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if method == "POST":
        lines += [
            f"Origin: http://{HOST}:{port}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    return "\r\n".join([*lines, "", body]).encode()


class Sender:
    """Prepares filled-in forms for one server, and sends them."""

    def __init__(self, web: Web, path: str, opened: Opened | None = None) -> None:
        self.web, self.path = web, path
        self.opened = opened or form_at(web, path)
        time.sleep(READING)

    def send(self) -> Load:
        prepared = [self.filled_in() for _ in range(PREPARED)]
        return send(self.web, prepared, SECONDS)

    def filled_in(self, *, reply: bool = False) -> bytes:
        """The form with answers, and with a key that no other has."""
        form = self.opened.form
        own = {"step": "send", "key": uuid.uuid4().hex}
        body = urlencode(form.fields | answers(form, reply=reply) | own)
        return request("POST", self.web.port, self.path, self.opened.cookies, body)


# Journeys ---------------------------------------------------------------------------------


@dataclass
class Journey:
    """One resident from the form to the receipt."""

    port: int
    path: str
    form: Form
    cookies: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, str] = field(default_factory=dict)

    def ask(
        self, connection: Connection, method: str, path: str, body: str = ""
    ) -> tuple[int, str]:
        head, page = connection.ask(request(method, self.port, path, self.cookies, body))
        self.cookies |= {name.decode(): value.decode() for name, value in COOKIE.findall(head)}
        return status_of(head), page.decode()

    def open(self, connection: Connection) -> None:
        status, page = self.ask(connection, "GET", self.path)
        self.fresh = dict(FRESH.findall(page))
        if status != 200 or not {"key", "ticket"} <= set(self.fresh):
            raise Problem(f"The form did not open (status {status}):\n{page[:2000]}")

    def finish(self, connection: Connection) -> None:
        """Check, send, read the receipt."""
        filled_in = self.form.fields | answers(self.form) | self.fresh
        for step, expected, sign in (("check", 200, 'value="send"'), ("send", 302, "")):
            body = urlencode(filled_in | {"step": step})
            status, page = self.ask(connection, "POST", self.path, body)
            if status != expected or sign not in page:
                raise Problem(f"The step {step} was not taken (status {status}):\n{page[:2000]}")
        status, page = self.ask(connection, "GET", RECEIPT)
        if status != 200 or 'id="receipt-code"' not in page:
            raise Problem(f"There was no receipt (status {status}):\n{page[:2000]}")


def walk(portal: Web, path: str, opened: Opened) -> Load:
    """Whole journeys over several connections; the wait between form and sending is no work."""
    worked, began = portal.cpu_seconds(), time.perf_counter()
    journeys = [Journey(portal.port, path, opened.form) for _ in range(JOURNEYS)]
    to_open = iter(journeys)

    def open_some(connection: Connection) -> None:
        for journey in to_open:
            journey.open(connection)

    at_once(portal.port, open_some)
    seconds = time.perf_counter() - began
    time.sleep(READING)
    began, waiting = time.perf_counter(), iter(journeys)
    at_once(portal.port, lambda connection: finish_some(connection, waiting))
    seconds += time.perf_counter() - began
    return Load(len(journeys), seconds, portal.cpu_seconds() - worked)


def finish_some(connection: Connection, waiting: Iterator[Journey]) -> None:
    for journey in waiting:
        journey.finish(connection)


def at_once(port: int, work: Callable[[Connection], None]) -> None:
    """The same work on several connections."""

    def work_alone(_number: int) -> None:
        with closing(Connection(port)) as connection:
            work(connection)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(work_alone, range(CONNECTIONS)))
