"""Two web processes under load: nobody sees the old page after a second, nobody sees another's."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation
from rkpd_portal.localstack.ports import free_port
from tests import factories, processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

SECOND = 1.0  # after which every process knows
READERS = 3  # to each process, without pause
ENGLISH = "django_language=en"


@pytest.fixture
def portals(transactional_db: Any, tmp_path: Path) -> Iterator[list[str]]:
    """Two web servers of one installation."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                processes.web_server(free_port(), processes.environment(), tmp_path / f"{name}.log")
            )
            for name in ("first", "second")
        ]


class Browser:
    """Reads pages over one connection that stays open, as browsers do."""

    def __init__(self, portal: str, cookie: str = "") -> None:
        self.connection = http.client.HTTPConnection(urlsplit(portal).netloc, timeout=60)
        self.headers = {"Cookie": cookie} if cookie else {}

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *problem: object) -> None:
        self.connection.close()

    def read(self, path: str) -> tuple[int, str]:
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        return response.status, response.read().decode()

    def page(self, path: str) -> str:
        return self.read(path)[1]


class Glimpse(NamedTuple):
    """What somebody got, and when they had asked and got it (monotonic)."""

    asked: float
    got: float
    path: str
    status: int
    page: str


@contextmanager
def crowd(portals: list[str], *paths: str) -> Iterator[list[Glimpse]]:
    """Readers of these pages in both languages, and what they got so far."""
    seen: list[Glimpse] = []
    over = threading.Event()

    def reads(portal: str, cookie: str) -> None:
        with Browser(portal, cookie) as browser:
            while not over.is_set():
                for path in paths:
                    asked = time.monotonic()
                    status, page = browser.read(path)
                    seen.append(Glimpse(asked, time.monotonic(), path, status, page))

    cookies = [ENGLISH if number % 2 else "" for number in range(READERS)]
    threads = [
        threading.Thread(target=reads, args=(portal, cookie))
        for portal in portals
        for cookie in cookies
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def wait_for_all(seen: list[Glimpse], paths: list[str], since: float = 0.0) -> None:
    """Until somebody who asked later than that got each of the pages."""
    processes.wait_until(
        lambda: {one.path for one in list(seen) if one.asked > since} >= set(paths), "all pages"
    )


def seen_around(
    portals: list[str], paths: list[str], deed: Callable[[], object]
) -> tuple[list[Glimpse], list[Glimpse]]:
    """What a crowd had got before the deed, and what those got who asked a second after it."""
    with crowd(portals, *paths) as seen:
        wait_for_all(seen, paths)
        begun = time.monotonic()
        deed()
        known = time.monotonic() + SECOND
        wait_for_all(seen, paths, since=known)
        time.sleep(SECOND)
    early = [one for one in seen if one.got < begun]
    return early, [one for one in seen if one.asked > known]


WORDS = "Mohon dermaga Desa Sungai Bakau dibangun kembali"


@pytest.fixture
def said(chapter_text: ChapterText, planner: User) -> Aspiration:
    return factories.make_accepted(chapter_text, planner, body=WORDS)


def pages_of(aspiration: Aspiration) -> list[str]:
    own = aspiration.get_absolute_url()
    return [f"/konsultasi/{aspiration.consultation.slug}/aspirasi/", own]


def test_withdrawn_words_are_gone(portals: list[str], said: Aspiration) -> None:
    early, late = seen_around(portals, pages_of(said), said.withdraw)

    assert all(WORDS in one.page for one in early)
    for one in late:
        assert WORDS not in one.page, one.path
        assert one.status == (404 if one.path == said.get_absolute_url() else 200)


def test_refused_words_are_gone(portals: list[str], said: Aspiration, planner: User) -> None:
    refusal = lambda: said.refuse(by=planner, reason="Bukan urusan provinsi.")  # noqa: E731

    early, late = seen_around(portals, pages_of(said), refusal)

    assert all(WORDS in one.page for one in early)
    for one in late:
        assert WORDS not in one.page, one.path


def test_published_chapter_is_there(
    portals: list[str], chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    next_one = factories.make_chapter(
        consultation, lead_planner, 2, "<p>Kondisi umum daerah.</p>", published=False
    )
    address = f"/konsultasi/{consultation.slug}/bab/2/"
    paths = [address, f"/konsultasi/{consultation.slug}/"]
    publication = lambda: next_one.publish(by=lead_planner)  # noqa: E731

    early, late = seen_around(portals, paths, publication)

    assert not any("Kondisi umum daerah." in one.page for one in early)
    for one in late:
        assert one.status == 200
        assert ("Kondisi umum daerah." if one.path == address else address) in one.page


def test_window_closes_to_the_moment(
    portals: list[str], chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    chapter = f"/konsultasi/{consultation.slug}/bab/1/"
    form = f"/aspirasi/kirim/{consultation.slug}/bab/1/"
    closing = timezone.now() + timedelta(seconds=8)
    Consultation.objects.update(closes_at=closing)
    with crowd(portals, chapter, form) as seen:
        wait_for_all(seen, [chapter, form])
        closed = time.monotonic() + (closing - timezone.now()).total_seconds()
        wait_for_all(seen, [chapter, form], since=closed)
        time.sleep(SECOND)

    before = [one for one in seen if one.got < closed]
    after = [one for one in seen if one.asked > closed]
    assert all(form in one.page for one in before)
    assert {one.path for one in before if "csrfmiddlewaretoken" in one.page} == {form}
    for one in after:
        assert form not in one.page.replace(one.path, ""), one.path
        assert "csrfmiddlewaretoken" not in one.page, one.path


def test_nobody_sees_anothers_page(
    portals: list[str], said: Aspiration, planner: User, resident: User
) -> None:
    """Two who are signed in, and strangers in two languages, ask for the same pages at once."""
    paths = ["/", *pages_of(said), f"/aspirasi/kirim/{said.consultation.slug}/bab/1/"]
    cookies = {person.email: session_of(person) for person in (planner, resident)}
    found: dict[str, list[str]] = {name: [] for name in cookies}

    def reads(name: str, portal: str) -> None:
        with Browser(portal, cookies[name]) as browser:
            for _ in range(5):
                found[name] += [browser.page(path) for path in paths]

    with crowd(portals, *paths) as seen:
        threads = [
            threading.Thread(target=reads, args=(name, portal))
            for name in cookies
            for portal in portals
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    strangers = [one.page for one in seen]
    names = [planner.name, resident.name]
    assert strangers
    assert not any(name in page for page in strangers for name in names)
    for person, other in ((planner, resident), (resident, planner)):
        assert all(person.name in page and other.name not in page for page in found[person.email])
    languages = {page.split('<html lang="')[1][:2] for page in strangers}
    assert languages == {"id", "en"}


def session_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_no_two_forms_have_the_same_secrets(portals: list[str], chapter_text: ChapterText) -> None:
    form = f"/aspirasi/kirim/{chapter_text.draft.consultation.slug}/bab/1/"
    with crowd(portals, form) as seen:
        time.sleep(SECOND)

    for name in ("csrfmiddlewaretoken", "key"):
        found = [one.page.split(f'name="{name}" value="')[1].split('"')[0] for one in seen]
        assert len(found) == len(set(found)) > 20
