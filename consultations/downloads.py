"""Files as responses: a stored one, whole or in the range that a broken download asks for; JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

CHUNK = 64 * 1024
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True)
class ByteRange:
    """Bytes `start` to `end`, both included, of a file of `size` bytes."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


class Unsatisfiable(Exception):
    """The range asked for lies outside the file."""


def json_file(content: dict[str, Any], name: str) -> JsonResponse:
    """JSON that a browser saves under this name, and that people can read."""
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def stored_pdf(
    request: HttpRequest, *, name: str, size: int, sha256: str, file_name: str
) -> HttpResponseBase:
    """The file `name` of the default storage, with a range if one was asked for (RFC 9110)."""
    if not default_storage.exists(name):
        raise Http404
    etag = f'"{sha256}"'
    try:
        asked = _asked_for(request, size, etag)
    except Unsatisfiable:
        return _headers(
            HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), etag
        )
    whole = asked or ByteRange(0, size - 1, size)
    response = StreamingHttpResponse(
        _read(name, whole), status=206 if asked else 200, content_type="application/pdf"
    )
    response["Content-Length"] = str(whole.length)
    response["Content-Disposition"] = content_disposition_header(True, file_name) or ""
    if asked:
        response["Content-Range"] = f"bytes {asked.start}-{asked.end}/{size}"
    return _headers(response, etag)


def _headers(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """`Content-Encoding` keeps the compressing middleware away: ranges count real bytes."""
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Content-Encoding"] = "identity"
    return response


def _asked_for(request: HttpRequest, size: int, etag: str) -> ByteRange | None:
    """The one range of the request; None for the whole file.

    Several ranges, another unit or a copy that has changed since get the whole file, as the
    RFC allows.
    """
    match = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if not match or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last or size - 1), size - 1)
        if last and int(last) < start:
            return None
    if start >= size or end < start:
        raise Unsatisfiable
    return ByteRange(start, end, size)


def _read(name: str, asked: ByteRange) -> Iterator[bytes]:
    with default_storage.open(name, "rb") as file:
        file.seek(asked.start)
        left = asked.length
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
