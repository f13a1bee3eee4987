"""Load on a web server: wrk for pages, and a sender of prepared requests for forms."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple

from bin.setup.system import WRK
from bin.tools.bench.stack import Web
from rkpd_portal.localstack.ports import HOST
from rkpd_portal.localstack.terminal import Problem

CONNECTIONS = 8
TIMEOUT = 60.0
TOTAL = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m),")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
TROUBLE = re.compile(r"(Non-2xx or 3xx responses: \d+|Socket errors: .+)")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Load(NamedTuple):
    """What a server did: answers as they should be, in which time, with how much work."""

    requests: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        """Of the web server's processes, for each request."""
        return 1000 * self.cpu_seconds / self.requests


def over(above: Sequence[Load], below: Sequence[Load]) -> list[float]:
    """How the rates compare, round by round."""
    return [one.rate / other.rate for one, other in zip(above, below, strict=True)]


def cpu_over(above: Sequence[Load], below: Sequence[Load]) -> list[float]:
    """The same of the requests that a second of CPU answers."""
    pairs = zip(above, below, strict=True)
    return [other.cpu_milliseconds / one.cpu_milliseconds for one, other in pairs]


def ask(web: Web, path: str, seconds: float, *, encoding: str = "") -> Load:
    """Ask for one page again and again with wrk."""
    worked = web.cpu_seconds()
    requests, took = counted(wrk(f"http://{HOST}:{web.port}{path}", seconds, encoding))
    return Load(requests, took, web.cpu_seconds() - worked)


def wrk(address: str, seconds: float, encoding: str) -> str:
    """What wrk says. Raises Problem if it is missing or could not ask."""
    program = shutil.which("wrk")
    if not program:
        raise Problem(f"wrk is not installed; to add it, type: {WRK.apt_line}")
    headers = ["-H", f"Accept-Encoding: {encoding}"] if encoding else []
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", f"{TIMEOUT:.0f}s"]
    done = subprocess.run(
        [program, *options, *headers, address], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise Problem(f"wrk failed at {address}: {done.stderr or done.stdout}")
    return done.stdout


def counted(said: str) -> tuple[int, float]:
    """Requests and seconds, as wrk tells them. Raises Problem if one was not answered well."""
    if trouble := TROUBLE.search(said):
        raise Problem(f"wrk met trouble: {trouble[1]}\n{said}")
    found = TOTAL.search(said)
    if not found or found[1] == "0":
        raise Problem(f"wrk counted nothing:\n{said}")
    return int(found[1]), float(found[2]) * UNITS[found[3]]


class Connection:
    """One kept-alive connection, over which prepared requests go as they are."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer."""
        if self.socket is None:
            self.socket = socket.create_connection((HOST, self.port), timeout=TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        head, _, body = self.receive(b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        if length := LENGTH.search(head):
            while len(body) < int(length[1]):
                body = self.receive(body)
        elif b"\r\ntransfer-encoding: chunked" in head.lower() and not body.endswith(b"0\r\n\r\n"):
            body = self.receive(body, b"0\r\n\r\n")
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return head, body

    def receive(self, received: bytes, end: bytes = b"") -> bytes:
        """More of the answer: one piece, or as many as it takes to have this end in them."""
        while self.socket:
            piece = self.socket.recv(65536)
            if not piece:
                raise Problem("The server ended a connection in the middle of an answer.")
            received += piece
            if end in received:
                break
        return received

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None


def status_of(head: bytes) -> int:
    """Of the first line of an answer."""
    return int(head.split(b" ", 2)[1])


def send(web: Web, requests: Sequence[bytes], seconds: float) -> Load:
    """Send prepared requests over several connections until they or the time are used up.

    Each must be answered by a redirect: nothing else says that a form was taken.
    """
    waiting = iter(requests)
    worked, began = web.cpu_seconds(), time.perf_counter()
    end = began + seconds
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        sent = sum(threads.map(lambda _: send_some(web.port, waiting, end), range(CONNECTIONS)))
    return Load(sent, time.perf_counter() - began, web.cpu_seconds() - worked)


def send_some(port: int, waiting: Iterator[bytes], end: float) -> int:
    """What one connection does: the next that nobody has sent yet, one after the other."""
    sent = 0
    with closing(Connection(port)) as connection:
        for request in waiting:
            head, body = connection.ask(request)
            if status_of(head) != 302:
                raise Problem(f"A form was not taken: {head.decode()}\n\n{body.decode()[:2000]}")
            sent += 1
            if time.perf_counter() > end:
                break
    return sent
