"""Finding the way through the portal as a reader does: by the links and forms of its pages."""

import random
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from bin.tools.chaos.browser import Browser, Page
from rkpd_portal.localstack.terminal import Problem

CONSULTATION = r"/konsultasi/[\w-]+/"
CHAPTER = r"/konsultasi/[\w-]+/bab/\d+/"
ASPIRATIONS = r"/konsultasi/[\w-]+/aspirasi/"
FORM = r"/aspirasi/kirim/[\w-]+/bab/\d+/"


@dataclass(frozen=True)
class Link:
    """Where a link leads, as an address on this portal, and in which relation."""

    address: str
    relation: str

    @property
    def path(self) -> str:
        return urlsplit(self.address).path


class LinkReader(HTMLParser):
    """Reads the links of a page that stay on the portal."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        target = given.get("href") or ""
        if tag == "a" and target and not re.match(r"#|\w+:", target):
            address = urljoin(self.address, target).partition("#")[0]
            self.links.append(Link(address, given.get("rel") or ""))


def links_of(address: str, html: str) -> list[Link]:
    reader = LinkReader(address)
    reader.feed(html)
    return reader.links


def new_browser(port: int) -> Browser:
    return Browser([port], "10.0.0.1", random.Random(1))  # noqa: S311 (nothing secret)


class Reader:
    """Goes through one portal, page by page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def page(self, address: str) -> Page:
        """The page there. Raises Problem if the portal gives another one."""
        page = self.browser.get(address)
        if page.status != 200 or page.was_redirected:
            raise Problem(f"{address} is no page (status {page.status}, at {page.path}).")
        return page

    def links(self, address: str) -> list[Link]:
        return links_of(address, self.page(address).text)

    def first(self, address: str, path: str) -> str:
        """Where the first link leads whose path is like this. Raises Problem if there is none."""
        for link in self.links(address):
            if re.fullmatch(path, link.path):
                return link.address
        raise Problem(f"No link leads to {path} from {address}.")

    def way(self) -> dict[str, str]:
        """The pages that a reader comes past: address by name."""
        consultation = self.first("/", CONSULTATION)
        chapter = self.first(consultation, CHAPTER)
        return {
            "home": "/",
            "consultation": consultation,
            "chapter": chapter,
            "list": self.first(consultation, ASPIRATIONS),
        }
