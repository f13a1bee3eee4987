"""One request and its answer as ASGI tells them, between a client of ours and an application."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

from rkpd_portal.environ import Message

WHOLE: Message = {"type": "http.request", "body": b"", "more_body": False}
GONE: Message = {"type": "http.disconnect"}


def scope(method: str = "POST", path: bytes = b"/", *headers: tuple[bytes, bytes]) -> Message:
    """A request as granian tells it."""
    return {
        "type": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", "8000"),
        "client": ("10.0.0.7", "40000"),
        "scheme": "http",
        "method": method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": b"",
        "headers": list(headers),
    }


CHUNKED = (b"transfer-encoding", b"chunked")


def length(number: int) -> tuple[bytes, bytes]:
    return b"content-length", str(number).encode()


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Client:
    """The other end of one request: says its parts, each after a pause, and hears the answer."""

    def __init__(self, *parts: Message, pause: float = 0.0, reads: float = 0.0) -> None:
        self.parts = iter(parts)
        self.pause = pause
        self.reads = reads
        self.has_more_to_say = True  # until somebody listens in vain
        self.heard: list[Message] = []

    async def receive(self) -> Message:
        await asyncio.sleep(self.pause)
        following = next(self.parts, None)
        while following is None:
            self.has_more_to_say = False
            await asyncio.sleep(3600)
        return following

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self.reads)
        self.heard.append(message)

    @property
    def status(self) -> int:
        return int(self.heard[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.heard[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.heard[1:])


def run(conversation: Coroutine[object, object, None]) -> None:
    """To its end, in a thread of its own: after a browser's test a loop runs in the main one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, conversation).result()
