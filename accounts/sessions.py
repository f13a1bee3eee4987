"""A person's sign-ins on their devices."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import User


def end_others(request: HttpRequest, user: User, **signal: Any) -> None:
    """End the person's sign-ins on other devices, which were opened without the new factor."""
    for session in UserSession.objects.filter(user=user):
        if session.session_key != request.session.session_key:
            session.end()
