"""A request as ASGI tells it, put the way WSGI applications expect it (PEP 3333)."""

import sys
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from consultations.editions import OFFER

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Environ = dict[str, Any]
# Said of the way the body came, which is over: we hand on all of it, whole.
OF_THE_TRANSPORT = frozenset({"transfer-encoding", "expect", "content-length"})


def environ_of(scope: Scope, body: bytes) -> Environ:
    """The environ of a request whose whole body is here; texts are Latin-1, as PEP 3333 wants."""
    address, port = scope.get("server") or ("", "")
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)) if announces_body(scope) else "",
        "SERVER_NAME": address,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or [""])[0],
        **_headers(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        OFFER: scope.get(OFFER),
    }


def announces_body(scope: Scope) -> bool:
    """Whether a body follows the headers, however short."""
    return any(
        name in (b"content-length", b"transfer-encoding") for name, _value in scope["headers"]
    )


def announced_length(scope: Scope) -> int:
    """The length that the client says the body has; 0 if it does not say."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def waits_for_leave(scope: Scope) -> bool:
    """Whether the client sends its body only once it is asked to."""
    return (b"expect", b"100-continue") in ((n, v.lower()) for n, v in scope["headers"])


def _headers(scope: Scope) -> Environ:
    """What was said several times is one list. Names with an underscore are left out: WSGI could
    not tell X-Forwarded_For, which anybody may send, from our proxy's X-Forwarded-For."""
    found: Environ = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" in name or name in OF_THE_TRANSPORT:
            continue
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        separator = "; " if name == "cookie" else ","
        found[key] = f"{found[key]}{separator}{value}" if key in found else value
    return found
