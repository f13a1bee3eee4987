"""A mail server inside bin/chaos: keeps what it is given, or refuses for a while."""

import contextlib
import email
import socketserver
import threading
import time
from dataclasses import dataclass
from itertools import pairwise

from rkpd_portal.localstack.ports import HOST

REFUSAL = "451 try again later"


@dataclass(frozen=True)
class Mail:
    """What tells one message from another."""

    address: str
    message_id: str  # without brackets and domain


@dataclass(frozen=True)
class Repeat:
    """A message that came again, and when it had come the time before."""

    mail: Mail
    before: float
    at: float


class Session(socketserver.StreamRequestHandler):
    """One conversation with a client (RFC 5321, as far as the portal needs it)."""

    server: "MailServer"
    timeout = 30

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the client was killed
            self.converse()

    def converse(self) -> None:
        self.say("220 chaos")
        recipient = ""
        while line := self.rfile.readline():
            word = line.strip().upper().split(b" ")[0]
            if word == b"QUIT":
                return self.say("221 bye")
            if word == b"RCPT" and self.server.refuses.is_set():
                self.say(REFUSAL)
                continue
            if word == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self.say("354 go on")
                self.take(recipient)
            self.say("250 ok")
        return None

    def take(self, recipient: str) -> None:
        """Read one message to its end; what breaks off before is not kept."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionError("The client went away in the middle of a message.")
            lines.append(line)
        parsed = email.message_from_bytes(b"".join(lines))
        name = (parsed["Message-ID"] or "").strip("<> ").partition("@")[0]
        self.server.keep(Mail(recipient, name))

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """Like a mailbox it knows a message by its Message-ID; it notes when each came."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Session)
        self.port: int = self.server_address[1]
        self.refuses = threading.Event()
        self.received: dict[Mail, list[float]] = {}
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    def keep(self, mail: Mail) -> None:
        with self.lock:
            self.received.setdefault(mail, []).append(time.monotonic())

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Also before it was started."""
        if self.thread.is_alive():
            self.shutdown()
        self.server_close()

    @property
    def repeats(self) -> list[Repeat]:
        """Each coming of a message that was there already."""
        with self.lock:
            return [
                Repeat(mail, before, at)
                for mail, moments in self.received.items()
                for before, at in pairwise(moments)
            ]
