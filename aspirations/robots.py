"""What keeps machines from flooding the form without standing in a person's way."""

import ipaddress
import time

from django.core import signing
from django.core.cache import cache

# A field that people do not see. Whoever fills it in is a machine, or a machine helped.
TRAP = "homepage"
SALT = "aspirations.robots"
QUICKEST_SECONDS = 2
WINDOW_SECONDS = 600
# A village behind one satellite dish shares one address; a forum shares one laptop.
LIMITS = {"account": 200, "address": 150, "session": 20, "wrong-pin": 60}


def new_ticket() -> str:
    """A signed note of the moment at which a form was handed out."""
    return signing.dumps(time.time(), salt=SALT)


def is_ticket(ticket: str) -> bool:
    return _handed_out(ticket) is not None


def is_too_quick(ticket: str) -> bool:
    """True if nobody could have read, written and checked in the time since the ticket."""
    moment = _handed_out(ticket)
    return moment is None or time.time() - moment < QUICKEST_SECONDS


def _handed_out(ticket: str) -> float | None:
    try:
        return float(signing.loads(ticket, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def count_one(kind: str, name: str) -> bool:
    """Count one more of `kind` under `name`; True once the window's limit is passed.

    The limit is approximate: two that come in the same instant may count as one, since the
    database cache counts by reading and writing. It holds off floods, not single senders.
    """
    key = _window(kind, name)
    count = cache.get(key, 0) + 1
    cache.set(key, count, WINDOW_SECONDS)
    return count > LIMITS[kind]


def is_over_limit(kind: str, name: str) -> bool:
    """Whether the window's limit has been reached, without counting."""
    return cache.get(_window(kind, name), 0) >= LIMITS[kind]


def _window(kind: str, name: str) -> str:
    return f"robots:{kind}:{name}:{int(time.time() // WINDOW_SECONDS)}"


def neighbourhood(address: str) -> str:
    """The address itself, or the /64 network of an IPv6 address, which one household owns."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
