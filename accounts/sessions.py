"""A person's sign-ins on their devices: how long they last, and what is noted of them."""

import time
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from accounts import robots
from accounts.log import note
from accounts.models import User

# A planner's desk opens everybody's words and addresses, so it does not stay open overnight.
# Residents stay signed in as long as their cookie lives.
STAFF_LONGEST = 12 * 3600
STAFF_IDLE = 60 * 60
BEGAN, SEEN = "staff_began", "staff_seen"


def end_others(request: HttpRequest, user: User, **signal: Any) -> None:
    """End the person's sign-ins on other devices, which were opened without the new factor."""
    for session in UserSession.objects.filter(user=user):
        if session.session_key != request.session.session_key:
            session.end()


def forget_ended() -> None:
    """Delete the network address and browser noted of a sign-in once its session is gone.

    allauth itself does so only when the person looks at the list of their devices.
    """
    alive = Session.objects.values("session_key")
    before = timezone.now() - timedelta(hours=1)  # one that begins now may not be saved yet
    UserSession.objects.exclude(session_key__in=alive).filter(last_seen_at__lt=before).delete()


def is_over(session: SessionBase, at: float | None = None) -> bool:
    """Whether a member of staff must sign in again. Notes their presence once a minute."""
    at = at or time.time()
    began, seen = session.get(BEGAN, at), session.get(SEEN, at)
    if at - began > STAFF_LONGEST or at - seen > STAFF_IDLE:
        return True
    if BEGAN not in session or at - seen > 60:
        session[BEGAN], session[SEEN] = began, at
    return False


def note_signed_in(request: HttpRequest, user: User, **signal: Any) -> None:
    note("signed_in", user=user.pk, role=user.role, address=robots.client_address(request))


def note_second_step_failed(request: HttpRequest, user: User, **signal: Any) -> None:
    note("sign_in_failed", way="second step", user=user.pk, address=robots.client_address(request))
