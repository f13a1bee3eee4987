"""Clients that say a byte a second."""

import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CLIENTS = 40
FORM = "/akun/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


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
                with suppress(ConnectionError):
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


def has_heard(client: socket.socket) -> bool:
    """Whether the server said anything, or hung up."""
    try:
        client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return True
