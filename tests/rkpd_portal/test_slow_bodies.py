"""People read on while others send, or read, a byte a second."""

import hashlib
import os
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from consultations.models import Consultation
from reports.models import Report
from rkpd_portal.localstack import portal
from rkpd_portal.localstack.folder import Folder
from tests import factories
from tests.processes import ROOT, answers, environment, running, wait_until
from tests.proxy import needs_caddy, proxy

pytestmark = pytest.mark.processes

CLIENTS = 40
TRIES = 10
QUICK = 1.0  # seconds for a page, as the people who use it would have it
NEVER = 10.0  # seconds after which we wait for a page no longer
FORM = "/akun/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def web_of_run(transactional_db: Any, tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    """The web server as bin/run starts it."""
    address = f"http://127.0.0.1:{unused_tcp_port}"
    env = environment(SITE_URL=address)
    child = portal.web(Folder(tmp_path), env, unused_tcp_port)
    with running([str(part) for part in child.command], dict(child.environment), child.log):
        wait_until(lambda: answers(f"{address}/healthz"), "the web server")
        yield address


@pytest.fixture
def web_of_compose(transactional_db: Any, tmp_path: Path) -> Iterator[str]:
    """The web server as docker-compose.yml starts it, behind a proxy."""
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]
    port = free_port()
    own = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "TRUSTED_PROXY_COUNT": "1"}
    env = environment() | service["environment"] | own
    with running(service["command"], env, tmp_path / "web.log"):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web server")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def proxied(web_of_compose: str, tmp_path: Path) -> Iterator[str]:
    """The proxy of docker-compose.yml, before its web server."""
    with proxy(free_port(), web_of_compose, tmp_path) as address:
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Clients ------------------------------------------------------------------------------------


def form_of(address: str) -> tuple[bytes, bytes]:
    """Head and body of a sign-in that the portal would take: cookie and token are genuine."""
    with urllib.request.urlopen(f"{address}{FORM}", timeout=30) as page:
        cookie = page.headers["Set-Cookie"].split(";")[0]
        token = TOKEN.search(page.read().decode())
    assert token
    fields = f"csrfmiddlewaretoken={token[1]}&login=warga%40kalteng.example&way=code&x="
    body = fields.encode().ljust(900, b"x")
    head = [
        f"POST {FORM} HTTP/1.1",
        f"Host: {urlsplit(address).netloc}",
        f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode(), body


@contextmanager
def trickling(address: str, at_once: bytes, slowly: bytes) -> Iterator[list[socket.socket]]:
    """Clients that say the beginning and then a byte a second."""
    done = threading.Event()
    where = urlsplit(address)
    clients = [socket.create_connection((where.hostname, where.port)) for _ in range(CLIENTS)]

    def trickle() -> None:
        for number in range(len(slowly)):
            for client in clients:
                client.send(slowly[number : number + 1])
            if done.wait(1):
                return

    try:
        for client in clients:
            client.sendall(at_once)
        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        time.sleep(2)
        yield clients
    finally:
        done.set()
        thread.join()
        for client in clients:
            client.close()


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


def has_heard(client: socket.socket) -> bool:
    """Whether the server said anything, or hung up."""
    client.setblocking(False)
    try:
        client.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        client.setblocking(True)
    return True


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
