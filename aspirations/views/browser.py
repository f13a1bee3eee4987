"""What is known about the browser at the other end: its address, and what it may follow."""

import time

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from aspirations import robots
from aspirations.models import Aspiration

UNLOCKED_SECONDS = 30 * 60
UNLOCKED_AT_MOST = 20


def client_address(request: HttpRequest) -> str:
    """Where the request came from, seen past our own proxies; empty if nobody knows."""
    try:
        return robots.neighbourhood(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return ""


def unlock(request: HttpRequest, aspiration: Aspiration) -> None:
    """Let this browser see the aspiration for a while."""
    now = time.time()
    known = request.session.get("unlocked", {})
    fresh = {code: until for code, until in known.items() if until > now}
    fresh[aspiration.code] = now + UNLOCKED_SECONDS
    request.session["unlocked"] = dict(list(fresh.items())[-UNLOCKED_AT_MOST:])


def is_unlocked(request: HttpRequest, code: str) -> bool:
    return bool(request.session.get("unlocked", {}).get(code, 0) > time.time())
