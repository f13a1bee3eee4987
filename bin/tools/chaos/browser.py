"""A small browser: cookies, forms, redirects, and either of the two web servers."""

import http.client
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from rkpd_portal.localstack.ports import HOST

TIMEOUT = 30.0
REDIRECTS = 5


class RequestBroke(Exception):
    """What a person sees as "it did not work": no connection, half an answer, or a page that says
    that the server could not. `status` is 0 where no answer came.
    """

    def __init__(self, asked: float, how: str, path: str, status: int = 0) -> None:
        super().__init__(f"{how} at {path}")
        self.asked, self.ended = asked, time.monotonic()
        self.how, self.status = how, status


@dataclass
class Form:
    """A form on a page: where it goes and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)  # of selects and radio buttons


@dataclass(frozen=True)
class Page:
    """An answer, after the redirects that led to it."""

    status: int
    path: str
    text: str
    was_redirected: bool

    @property
    def forms(self) -> list[Form]:
        reader = FormReader(self.path)
        reader.feed(self.text)
        return reader.forms

    def form(self, end: str) -> Form | None:
        """The first form whose address, without its query, ends like this."""
        paths = ((form, urlsplit(form.action).path) for form in self.forms)
        return next((form for form, path in paths if path.endswith(end)), None)

    def says(self, words: str) -> bool:
        return words in unescape(self.text)


class FormReader(HTMLParser):
    """Reads the forms of a page with what a browser would send of them."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.is_inside = False
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action") or self.path))
            self.is_inside = True
        elif self.is_inside and tag == "input" and given.get("name"):
            self.take_input(given)
        elif self.is_inside and tag == "select":
            self.select = given.get("name", "")
        elif self.is_inside and tag == "option" and self.select:
            self.take_option(given)
        elif self.is_inside and tag == "textarea":
            self.textarea = given.get("name", "")
            self.forms[-1].fields[self.textarea] = ""

    def take_input(self, given: Mapping[str, str]) -> None:
        form, name, kind = self.forms[-1], given["name"], given.get("type", "text")
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind == "radio":
            form.choices.setdefault(name, []).append(value)
        if kind not in ("radio", "checkbox") or "checked" in given:
            form.fields[name] = value

    def take_option(self, given: Mapping[str, str]) -> None:
        form, value = self.forms[-1], given.get("value", "")
        if value:
            form.choices.setdefault(self.select, []).append(value)
        if "selected" in given:
            form.fields[self.select] = value

    def handle_data(self, data: str) -> None:
        if self.is_inside and self.textarea:
            self.forms[-1].fields[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""


class Browser:
    """One person's browser, at an address of its own behind the proxy."""

    def __init__(self, ports: list[int], address: str, chance: random.Random) -> None:
        self.ports, self.address, self.chance = ports, address, chance
        self.cookies: dict[str, str] = {}

    def twin(self) -> "Browser":
        """The same browser once more, with cookies and luck of its own from now on."""
        chance = random.Random(self.chance.random())  # noqa: S311
        other = Browser(self.ports, self.address, chance)
        other.cookies = dict(self.cookies)
        return other

    def get(self, path: str) -> Page:
        return self.follow("GET", path, None)

    def post(self, form: Form, **typed: str) -> Page:
        """Send a form with what was typed into it. Line ends go as browsers send them."""
        fields = {**form.fields, **typed}
        lines = {name: text.replace("\r\n", "\n") for name, text in fields.items()}
        sent = {name: text.replace("\n", "\r\n") for name, text in lines.items()}
        return self.follow("POST", form.action, urlencode(sent))

    def follow(self, method: str, path: str, body: str | None) -> Page:
        """Ask, and go where the answer leads. Raises RequestBroke."""
        for step in range(REDIRECTS):
            asked = time.monotonic()
            try:
                status, location, text = self.ask(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                raise RequestBroke(asked, type(error).__name__, path) from error
            if status in (301, 302, 303):
                method, path, body = "GET", location, None
            elif status >= 500:
                raise RequestBroke(asked, str(status), path, status)
            else:
                return Page(status, urlsplit(path).path, text, was_redirected=step > 0)
        raise RequestBroke(asked, "Too many redirects", path, status)

    def ask(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        """One request on a connection of its own: status, where it leads to, and the page."""
        port = self.chance.choice(self.ports)
        connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, self.headers(port, body is not None))
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            self.remember(answer.headers.get_all("Set-Cookie") or [])
            return answer.status, answer.headers.get("Location", ""), text
        finally:
            connection.close()

    def headers(self, port: int, has_body: bool) -> dict[str, str]:
        headers = {"X-Forwarded-For": self.address, "Accept": "text/html"}
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        if has_body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://{HOST}:{port}"
        return headers

    def remember(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
