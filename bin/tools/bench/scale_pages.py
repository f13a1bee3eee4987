"""Which pages `scale` asks for: found by the portal's own links and forms, so that a page which
changes is still found. The seed gives the first option of each list the most rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from bin.tools.bench.discovery import FORM, Link, Reader, new_browser
from bin.tools.chaos.browser import Browser, Form
from rkpd_portal.demonstration.cast import PASSWORD, email_of
from rkpd_portal.localstack.terminal import Problem

LIST, QUEUE, DESK = "/aspirasi/", "/kelola/aspirasi/", "/kelola/"
ASPIRATION, OPENED = r"/aspirasi/lihat/[\w-]+/", r"/kelola/aspirasi/[\w-]+/"
# Django's paginator gives its last page for any number beyond it; without numbers, so many steps.
BEYOND, STEPS = 10**9, 20
SIGN_IN = "/akun/login/"
UNKNOWN_SESSION = "0" * 32


@dataclass(frozen=True)
class Words:
    """What is searched for; the seed knows how often each occurs."""

    common: str
    middling: str
    rare: str
    none: str = "xylofonium"

    def searches(self) -> dict[str, str]:
        return {
            "a common word": self.common,
            "two words": f"{self.common} {self.middling}",
            "a rare word": self.rare,
            "no such word": self.none,
        }


Pages = dict[str, str]  # address by name


def public_pages(reader: Reader, words: Words) -> Pages:
    """What everyone may read."""
    way = reader.way()
    aspirations = way["list"]
    first = reader.first(aspirations, ASPIRATION)
    return {
        "home": way["home"],
        "consultation": way["consultation"],
        "chapter": way["chapter"],
        "outcome": f"{way['consultation']}hasil/",
        "list, first page": aspirations,
        **turned(reader, "list", aspirations),
        **filtered(reader, "list", aspirations, LIST),
        **about_a_block(reader, way["chapter"]),
        **searched(reader, "list", aspirations, LIST, words),
        "one aspiration": first,
        "form": reader.first(way["chapter"], FORM),
    }


def about_a_block(reader: Reader, chapter: str) -> Pages:
    """The list narrowed to a paragraph, as the chapter leads there."""
    links = [link.address for link in reader.links(chapter) if "blok=" in link.address]
    lists = [address for address in links if urlsplit(address).path.endswith(LIST)]
    return {"list, about one paragraph": lists[0]} if lists else {}


def desk_pages(reader: Reader, words: Words) -> Pages:
    """What planners work with."""
    pages = {"desk": DESK}
    for link in reader.links(DESK):
        if re.fullmatch(r"/kelola/\w+/", link.path):
            pages[f"desk, {link.path}"] = link.address
    pages["desk, the plan's text"] = reader.first(f"{DESK}rencana/", r"/kelola/rencana/[\w-]+/")
    views = views_of(reader)
    for name, address in views.items():
        pages[f"queue, view {name}"] = address
        pages |= turned(reader, f"queue, view {name}", address)
    everything = views["all"]
    pages |= filtered(reader, "queue", everything, QUEUE)
    pages |= searched(reader, "queue", everything, QUEUE, words)
    for name in ("new", "answered"):
        pages |= opened(reader, name, views[name])
    return pages


def views_of(reader: Reader) -> Pages:
    """The saved views of the queue, by the word in their address."""
    found: Pages = {}
    for link in reader.links(QUEUE):
        view = dict(parse_qsl(urlsplit(link.address).query)).get("tampilan")
        if link.path == QUEUE and view:
            found.setdefault(view, link.address)
    return found


def opened(reader: Reader, name: str, view: str) -> Pages:
    """The first aspiration of a view on its own page and beside the list, and its neighbours."""
    address = reader.first(view, OPENED)
    pages = {f"queue, one opened from {name}": address}
    code = urlsplit(address).path.strip("/").rpartition("/")[2]
    pages[f"queue, {name} with one beside"] = f"{view}&{urlencode({'buka': code})}"
    for step in ("next", "prev"):
        if found := related(reader.links(address), step):
            address = found.address
            pages[f"queue, {step} of the opened one from {name}"] = address
    return pages


# Lists ------------------------------------------------------------------------------------


def turned(reader: Reader, name: str, address: str) -> Pages:
    """The second page of a list, the deepest, and the one before that; none if all fits on one."""
    second = related(reader.links(address), "next")
    if not second:
        return {}
    deep = deepest(reader, second.address)
    pages = {f"{name}, second page": second.address, f"{name}, deep": deep}
    if before := related(reader.links(deep), "prev"):
        pages[f"{name}, before the deep one"] = before.address
    return pages


def deepest(reader: Reader, second: str) -> str:
    """The last page where pages have numbers or a link leads to it, else many steps on."""
    query = dict(parse_qsl(urlsplit(second).query))
    if query.get("page", "").isdecimal():
        return f"{urlsplit(second).path}?{urlencode(query | {'page': str(BEYOND)})}"
    address = second
    for _ in range(STEPS):
        links = reader.links(address)
        if last := related(links, "last"):
            return last.address
        if not (further := related(links, "next")):
            break
        address = further.address
    return address


def related(links: list[Link], relation: str) -> Link | None:
    return next((link for link in links if link.relation == relation), None)


def filtered(reader: Reader, name: str, address: str, action: str) -> Pages:
    """Each filter of a list with its first option and with its last."""
    form = search_form(reader, address, action)
    pages = {}
    for field, options in form.choices.items():
        for kind, value in (("common", options[0]), ("rare", options[-1])):
            pages[f"{name}, {field} {kind}"] = narrowed(form, {field: value})
    return pages


def searched(reader: Reader, name: str, address: str, action: str, words: Words) -> Pages:
    form = search_form(reader, address, action)
    return {
        f"{name}, search for {what}": narrowed(form, {"cari": text})
        for what, text in words.searches().items()
    }


def search_form(reader: Reader, address: str, action: str) -> Form:
    """The form with which a list is narrowed."""
    for form in reader.page(address).forms:
        if "cari" in form.fields and urlsplit(form.action).path.endswith(action):
            return form
    raise Problem(f"{address} has no form that narrows it.")


def narrowed(form: Form, changes: dict[str, str]) -> str:
    """Where the form leads when it is sent with these changes; what is empty is left out."""
    given = {name: value for name, value in (form.fields | changes).items() if value}
    return f"{urlsplit(form.action).path}?{urlencode(given)}"


# People -----------------------------------------------------------------------------------


class Stranger(Browser):
    """Someone with a cookie of a session that is none: no stored copy of a page is given to them,
    so that the page is really made."""

    def ask(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        self.cookies["sessionid"] = UNKNOWN_SESSION
        return super().ask(method, path, body)


def stranger(port: int) -> Stranger:
    browser = new_browser(port)
    return Stranger(browser.ports, browser.address, browser.chance)


def planner(port: int) -> Browser:
    """A planner of the demonstration, signed in through the form."""
    browser = new_browser(port)
    form = next(form for form in browser.get(SIGN_IN).forms if "login" in form.fields)
    browser.post(form, login=email_of("perencana"), password=PASSWORD)
    if browser.get(DESK).path != DESK:
        raise Problem("The planner could not sign in.")
    return browser


def all_pages(port: int, words: Words) -> Iterator[tuple[str, Browser, str]]:
    """Name, whose browser, and address of every page."""
    for browser, pages_for in ((stranger(port), public_pages), (planner(port), desk_pages)):
        for name, address in pages_for(Reader(browser), words).items():
            yield name, browser, address
