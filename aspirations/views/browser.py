"""What the browser at the other end may follow."""

import time

from django.http import HttpRequest

from aspirations.models import Aspiration

UNLOCKED_SECONDS = 30 * 60
UNLOCKED_AT_MOST = 20


def unlock(request: HttpRequest, aspiration: Aspiration) -> None:
    """Let this browser see the aspiration for a while."""
    now = time.time()
    known = request.session.get("unlocked", {})
    fresh = {code: until for code, until in known.items() if until > now}
    fresh[aspiration.code] = now + UNLOCKED_SECONDS
    request.session["unlocked"] = dict(list(fresh.items())[-UNLOCKED_AT_MOST:])


def is_unlocked(request: HttpRequest, code: str) -> bool:
    return bool(request.session.get("unlocked", {}).get(code, 0) > time.time())
