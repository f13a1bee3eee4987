"""People read on while others send, or read, a byte a second."""

import os
import socket
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psutil
import pytest
from django.conf import LazySettings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from consultations.models import Consultation
from tests import factories
from tests.processes import PATIENCE
from tests.proxy import needs_caddy
from tests.trickle import FORM, form_of, has_heard, trickling

pytestmark = pytest.mark.processes

TRIES = 10
QUICK = 1.0  # seconds for a page, as the people who use it would have it
NEVER = 10.0  # seconds after which we wait for a page no longer
LARGE = 24 * 1024 * 1024  # bytes, more than the sockets and the server keep on the way


def seconds_for_a_page(address: str) -> float:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{address}/", timeout=NEVER) as page:
            page.read()
    except OSError:
        return NEVER
    return time.monotonic() - began


def assert_people_read_on(address: str, clients: list[socket.socket]) -> None:
    """Most pages come within a second, all of them while every one of the clients still sends."""
    tries = [seconds_for_a_page(address) for _ in range(TRIES)]

    assert median(tries) < QUICK, tries
    assert max(tries) < NEVER, tries
    assert [client for client in clients if has_heard(client)] == []


# Sending slowly -----------------------------------------------------------------------------


def test_slow_bodies_stop_nobody(web_of_run: str) -> None:
    head, body = form_of(web_of_run)

    with trickling(web_of_run, head, body) as clients:
        assert_people_read_on(web_of_run, clients)


@needs_caddy
def test_slow_bodies_stop_nobody_behind_the_proxy(proxied: str) -> None:
    head, body = form_of(proxied)

    with trickling(proxied, head, body) as clients:
        assert_people_read_on(proxied, clients)


def test_slow_headers_stop_nobody(web_of_run: str) -> None:
    begun = f"POST {FORM} HTTP/1.1\r\nHost: {urlsplit(web_of_run).netloc}\r\nX-Slow: ".encode()

    with trickling(web_of_run, begun, b"x" * 900) as clients:
        assert_people_read_on(web_of_run, clients)


# Reading slowly -----------------------------------------------------------------------------


@pytest.fixture
def large(consultation: Consultation, official: User, settings: LazySettings) -> tuple[str, bytes]:
    """Address and bytes of a large report that everybody may download."""
    settings.MEDIA_ROOT = settings.VAR_DIR / "media"  # where the web server looks
    pdf = os.urandom(LARGE)
    report = factories.make_report(
        consultation, official, "public", pdf, released_at=timezone.now()
    )
    return reverse("papers:download", args=[report.code]), pdf


@needs_caddy
def test_large_download_arrives_byte_for_byte(
    proxied: str, web_of_compose: str, large: tuple[str, bytes]
) -> None:
    path, pdf = large

    for address in (web_of_compose, proxied):
        with urllib.request.urlopen(f"{address}{path}", timeout=60) as answer:
            assert answer.read() == pdf
            assert answer.headers["Content-Length"] == str(LARGE)


def test_slow_readers_stop_nobody_and_fill_no_memory(
    web_of_run: str, large: tuple[str, bytes]
) -> None:
    path, _pdf = large
    where = urlsplit(web_of_run)
    before = memory_of_children()

    readers = [HTTPConnection(str(where.hostname), where.port, timeout=60) for _ in range(10)]
    for reader in readers:
        reader.request("GET", path)
    answers = [reader.getresponse() for reader in readers]
    tries = [seconds_for_a_page(web_of_run) for _ in range(TRIES)]

    assert [answer.status for answer in answers] == [200] * len(readers)
    assert max(tries) < NEVER, tries
    assert memory_of_children() - before < LARGE * len(readers) / 2
    for reader in readers:
        reader.close()


def memory_of_children() -> int:
    """What the processes that this test started hold, in bytes."""
    family = psutil.Process().children(recursive=True)
    return sum(process.memory_info().rss for process in family)


# Stopping -----------------------------------------------------------------------------------


def test_slow_bodies_do_not_keep_the_web_server_from_stopping(
    web_of_run: str, tmp_path: Path
) -> None:
    head, body = form_of(web_of_run)
    [main] = [process for process in psutil.Process().children() if "granian" in process.cmdline()]

    with trickling(web_of_run, head, body):
        main.terminate()
        code = main.wait(PATIENCE)

    assert code == 0
    assert "Killing worker-1" in (tmp_path / "log" / "web.log").read_text()
