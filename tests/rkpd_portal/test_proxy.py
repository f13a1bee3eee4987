"""The proxy of docker-compose.yml: what it waits for, what it refuses, for whom it speaks."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.log import digest
from tests.processes import wait_until
from tests.proxy import needs_caddy, proxy
from tests.trickle import FORM, trickling

pytestmark = [pytest.mark.processes, needs_caddy]

HEAD = b"POST /akun/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n"


class Upstream(BaseHTTPRequestHandler):
    """Notes the method of every request, and answers."""

    methods: list[str]

    def do_GET(self) -> None:
        self.methods.append(self.command)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 (the library's name)

    def log_message(self, *_arguments: object) -> None:
        """Stay quiet."""


@pytest.fixture
def upstream() -> Iterator[tuple[str, list[str]]]:
    """A stand-in for the portal: its address and the requests that reached it."""
    methods: list[str] = []
    handler = type("OwnUpstream", (Upstream,), {"methods": methods})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", methods
        server.shutdown()
        thread.join()


def post(address: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Status and page that a form gets."""
    request = urllib.request.Request(f"{address}{FORM}", body)
    for name, value in headers.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_request_reaches_the_portal_when_its_body_is_whole(
    upstream: tuple[str, list[str]], tmp_path: Path, unused_tcp_port: int
) -> None:
    portal, methods = upstream

    with proxy(unused_tcp_port, portal, tmp_path) as address:
        with trickling(address, HEAD, b"x" * 900):
            assert "POST" not in methods
        assert post(address, b"x" * 900)[0] == 200

    assert methods.count("POST") == 1


@pytest.mark.parametrize("more", [1, 500_000, 3_000_000])
def test_body_larger_than_the_portal_takes_is_refused_in_words(
    proxied: str, settings: LazySettings, more: int
) -> None:
    status, words = post(proxied, b"x" * (settings.LARGEST_REQUEST + more))

    assert (status, words.split(".")[0]) == (
        413,
        "Kiriman ini terlalu besar",
    )


def test_largest_body_that_the_portal_takes_reaches_its_pages(
    proxied: str, settings: LazySettings
) -> None:
    status, words = post(proxied, b"x" * settings.LARGEST_REQUEST)

    assert (status, "<html" in words) == (403, True)


@pytest.mark.parametrize(
    "forged", [{}, {"X-Forwarded-For": "10.6.6.6"}, {"X-Forwarded_For": "10.6.6.6"}]
)
def test_portal_sees_the_client_s_address_whatever_the_client_says(
    proxied: str, tmp_path: Path, forged: dict[str, str]
) -> None:
    log = tmp_path / "web.log"

    assert post(proxied, b"x=y", **forged)[0] == 403

    wait_until(lambda: '"refused"' in log.read_text(), "the line about the refusal")
    [line] = [line for line in log.read_text().splitlines() if '"refused"' in line]
    assert f'"address": "{digest("address", "127.0.0.1")[:16]}"' in line
