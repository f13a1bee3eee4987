"""A page as it is sent to many: compressed once, or with gaps that are filled for each reader."""

import gzip
import hashlib
import re
import struct
import uuid
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import brotli
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token

from accounts import robots
from rkpd_portal.environ import Headers, Message

# A browser asks each time whether its page still holds; a proxy or CDN asks once a second for all.
SHARED = b"public, max-age=0, s-maxage=1"
VARY = (b"vary", b"Accept-Encoding, Cookie")
OURS = frozenset(
    {b"content-length", b"content-encoding", b"vary", b"etag", b"cache-control", b"set-cookie"}
)
PLAIN, GZIP, BROTLI = b"", b"gzip", b"br"
BEST_FIRST = (BROTLI, GZIP)
GZIP_LEVEL, BROTLI_QUALITY = 6, 5
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
ENCODING = re.compile(rb"([a-z*]+)\s*(?:;\s*q=([0-9.]+))?", re.ASCII | re.IGNORECASE)


class Question(NamedTuple):
    """A request for a page that may be shared: its address, and what this reader takes."""

    address: tuple[bytes, ...]  # path, query, language and the headers that decide
    cookies: Mapping[str, str]
    accepted: bytes  # the header about encodings
    known: bytes  # the ETags of what the reader has
    is_head: bool


class Answer:
    """What the application said, taken as ASGI messages."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = []
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), value) for name, value in message["headers"]]
        else:
            self.body += message.get("body", b"")

    def header(self, wanted: bytes) -> bytes:
        return next((value for name, value in self.headers if name == wanted), b"")

    def kept_headers(self) -> Headers:
        return [(name, value) for name, value in self.headers if name not in OURS]


class Copy:
    """An answer, its messages ready to send; in each encoding if others get it too."""

    def __init__(self, answer: Answer, *, is_shared: bool) -> None:
        bodies = {PLAIN: answer.body}
        if is_shared and answer.header(b"content-type").startswith(b"text/"):
            bodies[GZIP] = gzip.compress(answer.body, GZIP_LEVEL, mtime=0)
            bodies[BROTLI] = brotli.compress(answer.body, quality=BROTLI_QUALITY)
        self.size = sum(map(len, bodies.values()))
        self.etag = b'W/"%s"' % hashlib.sha256(answer.body).hexdigest()[:32].encode()
        control = SHARED if is_shared else answer.header(b"cache-control") or b"no-cache"
        headers = [*answer.kept_headers(), VARY, (b"cache-control", control)]
        headers += [(b"etag", self.etag)] if is_shared else []
        self.unchanged = _start(304, headers)
        self.starts = {
            name: _start(answer.status, headers + _body_headers(len(body), name))
            for name, body in bodies.items()
        }
        self.bodies = {name: _body(body) for name, body in bodies.items()}

    def messages(self, question: Question) -> tuple[Message, Message]:
        """The two messages that answer this reader."""
        if question.known and self.etag in question.known:
            return self.unchanged, NOTHING
        accepted = encodings(question.accepted)
        name = next((name for name in BEST_FIRST if name in accepted & self.bodies.keys()), PLAIN)
        return self.starts[name], NOTHING if question.is_head else self.bodies[name]


class Form:
    """An answer with gaps for what each reader gets anew.

    The text around them is compressed beforehand. What fills them goes in uncompressed: then no
    secret can be guessed from how well it compresses, and filling costs next to nothing.
    """

    def __init__(self, answer: Answer, own: tuple[str, str, str]) -> None:
        """Raises ValueError unless each of the three texts stands in the answer once."""
        gap = b"|".join(re.escape(text.encode()) for text in own)
        found = re.split(b"(" + gap + b")", answer.body)
        self.texts, gaps = found[::2], [text.decode() for text in found[1::2]]
        if sorted(gaps) != sorted(own):
            raise ValueError("A form's own texts do not stand in it once each.")
        self.order = [own.index(text) for text in gaps]
        self.packed = [_packed(text, is_last=False) for text in self.texts[:-1]]
        self.packed.append(_packed(self.texts[-1], is_last=True))
        self.size = sum(map(len, [*self.texts, *self.packed]))
        control = answer.header(b"cache-control") or b"private, no-cache"
        self.headers = [*answer.kept_headers(), VARY, (b"cache-control", control)]

    def messages(self, question: Question) -> tuple[Message, Message]:
        """The two messages that answer this reader, who gets a token, key and ticket anew."""
        token, cookie = protection(question.cookies)
        own = [token.encode(), uuid.uuid4().hex.encode(), robots.new_ticket().encode()]
        filled = [own[place] for place in self.order]
        is_packed = GZIP in encodings(question.accepted)
        body = self.packed_with(filled) if is_packed else self.plain_with(filled)
        headers = self.headers + _body_headers(len(body), GZIP if is_packed else PLAIN)
        start = _start(200, [*headers, (b"set-cookie", cookie)])
        return start, NOTHING if question.is_head else _body(body)

    def plain_with(self, filled: list[bytes]) -> bytes:
        return b"".join(_alternating(self.texts, filled))

    def packed_with(self, filled: list[bytes]) -> bytes:
        """One gzip file (RFC 1952) of the packed texts with the gaps as stored blocks."""
        checksum = length = 0
        for piece in _alternating(self.texts, filled):
            checksum, length = zlib.crc32(piece, checksum), length + len(piece)
        blocks = _alternating(self.packed, [_stored(text) for text in filled])
        return b"".join([GZIP_HEAD, *blocks, struct.pack("<II", checksum, length & 0xFFFFFFFF)])


def protection(cookies: Mapping[str, str]) -> tuple[str, bytes]:
    """A token for a form, and the cookie to which it belongs: the reader's own, or a new one."""
    request = HttpRequest()
    request.COOKIES = dict(cookies)
    csrf.process_request(request)
    token = get_token(request)
    response = csrf.process_response(request, HttpResponse())
    (cookie,) = response.cookies.values()
    return token, cookie.OutputString().encode()


csrf = CsrfViewMiddleware(lambda request: HttpResponse())
NOTHING: Message = {"type": "http.response.body", "body": b""}


@lru_cache(maxsize=500)
def encodings(header: bytes) -> frozenset[bytes]:
    """The encodings that a reader takes, as the header Accept-Encoding says."""
    found = ENCODING.findall(header.lower())
    return frozenset(name for name, weight in found if not weight or weight.strip(b"0."))


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _body(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body}


def _body_headers(length: int, encoding: bytes) -> Headers:
    named = [(b"content-encoding", encoding)] if encoding else []
    return [*named, (b"content-length", str(length).encode())]


def _alternating(texts: list[bytes], filled: list[bytes]) -> list[bytes]:
    """The first text, what fills the first gap, the second text ... and the last text."""
    pairs = zip(texts, filled, strict=False)
    return [*(piece for pair in pairs for piece in pair), texts[-1]]


def _packed(text: bytes, *, is_last: bool) -> bytes:
    """The text as deflate blocks (RFC 1951) that end at a whole byte and refer to nothing else."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)


def _stored(text: bytes) -> bytes:
    """The text as one deflate block that is not compressed."""
    return struct.pack("<BHH", 0, len(text), len(text) ^ 0xFFFF) + text
