"""What keeps machines from flooding and guessing without standing in a person's way.

Counts live in PostgreSQL, so they hold while the broker is away and for all web processes together.
"""

import ipaddress
import time
from datetime import timedelta
from itertools import chain

from allauth.account.adapter import get_adapter
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.errors import TooMany
from accounts.log import digest, note
from accounts.models import Tally

# A field that people do not see. Whoever fills it in is a machine, or a machine helped.
TRAP = "homepage"
SALT = "accounts.robots"
QUICKEST_SECONDS = 2
TICKET_SECONDS = 24 * 3600  # longer than anybody needs to write
SESSION_LIMIT = 20  # sent from one browser in one window
MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
WINDOW_SECONDS = int(MINUTES.total_seconds())
FLOODING = _("Many aspirations came from here in a short time. Please send again in ten minutes.")

Limits = tuple[tuple[int, timedelta], ...]
# How many, in how long. A village behind one satellite dish shares one address, a forum one laptop,
# so what counts an address alone is generous. A secret is guessed from a pair of what it guards and
# the address: the guesser is slowed down, the owner at another address never notices.
LIMITS: dict[str, Limits] = {
    "account": ((200, MINUTES),),
    "address": ((150, MINUTES),),
    "wrong-pin": ((60, MINUTES), (300, DAY)),
    "wrong-pin-of-code": ((5, MINUTES), (20, DAY)),
    "wrong-password": ((60, timedelta(minutes=1)),),
    "wrong-password-of-account": ((5, MINUTES), (20, DAY)),
    "wrong-mailed-code": ((5, MINUTES), (20, DAY)),
    # Mails of an hour to one recipient; codes and links in them stay good for that hour at least.
    "sign-in-mail": ((3, HOUR),),
    "sign-up-mail": ((3, HOUR),),
    "reset-mail": ((3, HOUR),),
    "receipt-mail": ((5, HOUR), (20, DAY)),
}


# Tickets ------------------------------------------------------------------------------------


def new_ticket() -> str:
    """A signed note of the moment at which a form was handed out."""
    return signing.dumps(time.time(), salt=SALT)


def is_ticket(ticket: str) -> bool:
    """Whether it is ours and not older than a day."""
    moment = _handed_out(ticket)
    return moment is not None and time.time() - moment <= TICKET_SECONDS


def is_expired(ticket: str) -> bool:
    """Whether it is ours, but of a form that was opened more than a day ago."""
    moment = _handed_out(ticket)
    return moment is not None and time.time() - moment > TICKET_SECONDS


def is_too_quick(ticket: str) -> bool:
    """True if nobody could have read, written and checked in the time since the ticket."""
    moment = _handed_out(ticket)
    return moment is None or time.time() - moment < QUICKEST_SECONDS


def _handed_out(ticket: str) -> float | None:
    try:
        return float(signing.loads(ticket, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


# Counting -----------------------------------------------------------------------------------

Counted = tuple[str, ...]  # the kind, then what is counted: ("wrong-pin", address)


def take(*counted: Counted) -> bool:
    """Count one more of each; False if that passes a limit. What is refused is not counted.

    Counting comes before the deed, so that of many at the same instant exactly the limit passes.
    """
    limits = _limits(counted)
    counts = Tally.objects.add({key: window for key, (_most, window) in limits.items()})
    passed = [key for key, (most, _window) in limits.items() if counts[key] > most]
    if not passed:
        return True
    give_back(*counted)
    note("limited", kinds=[kind for kind, *_names in counted], key=passed[0][:16])
    return False


def require(*counted: Counted) -> None:
    """`take`, or raise TooMany. In a transaction that then is rolled back, nothing is counted."""
    if counted and not take(*counted):
        raise TooMany(FLOODING)


def give_back(*counted: Counted) -> None:
    """Count one less of each: the deed was no wrong guess after all."""
    Tally.objects.add({key: window for key, (_most, window) in _limits(counted).items()}, by=-1)


def forget(*counted: Counted) -> None:
    """Begin anew."""
    Tally.objects.filter(key__in=_limits(counted)).delete()


def _limits(counted: tuple[Counted, ...]) -> dict[str, tuple[int, timedelta]]:
    """The limits of all that is counted, each under the key of its window."""
    return dict(chain.from_iterable(map(_windows, counted)))


def _windows(counted: Counted) -> list[tuple[str, tuple[int, timedelta]]]:
    kind, *names = counted
    return [(digest(kind, str(window), *names), (most, window)) for most, window in LIMITS[kind]]


# Addresses ----------------------------------------------------------------------------------


def client_address(request: HttpRequest) -> str:
    """The neighbourhood a request came from, seen past our own proxies; empty if nobody knows."""
    try:
        return neighbourhood(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return ""


def neighbourhood(address: str) -> str:
    """An IPv4 address, however it is written, or the /64 network that one IPv6 household owns."""
    parsed = ipaddress.ip_address(plain(address))
    if parsed.version == 6:
        parsed = ipaddress.ip_network(f"{parsed}/64", strict=False).network_address
    return str(parsed)


def plain(address: str) -> str:
    """An address without IPv6's clothes: ::ffff:10.0.0.1 is 10.0.0.1."""
    parsed = ipaddress.ip_address(address)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
