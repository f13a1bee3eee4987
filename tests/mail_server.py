"""A small mail server on this machine for the tests of what is sent."""

import email
import socketserver
import time
from email.message import Message


class Sink(socketserver.ThreadingTCPServer):
    """A small SMTP server that keeps what it is given, or refuses for now."""

    allow_reuse_address = True
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.refuses = ""
        self.bye = "221 bye"
        self.pause = 0.0  # seconds before it thanks for a message
        self.messages: list[Message] = []


class Session(socketserver.StreamRequestHandler):
    """One conversation with a client."""

    server: Sink

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line.strip().upper().split(b" ")[0]
            if word == b"DATA":
                self.say("354 go on")
                self.take()
            elif word == b"QUIT":
                self.say(self.server.bye)
                break
            elif word == b"RCPT" and self.server.refuses:
                self.say(self.server.refuses)
            else:
                self.say("250 ok")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        time.sleep(self.server.pause)
        self.server.messages.append(email.message_from_bytes(b"".join(lines)))
        self.say("250 kept")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
