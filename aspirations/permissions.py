"""Who may send, moderate and answer."""

from datetime import datetime
from typing import Any

from accounts.permissions import (
    is_field_operator,
    is_planner,
    is_signed_in,
    membership_of,
)
from aspirations.models import Aspiration
from consultations.models import Consultation


def can_moderate(user: Any) -> bool:
    return is_planner(user)


def can_respond(user: Any) -> bool:
    return is_planner(user)


def can_send(user: Any, consultation: Consultation, at: datetime | None = None) -> bool:
    """Everyone while the consultation is open; some people in the grace period, too."""
    if consultation.is_open(at):
        return True
    return consultation.accepts_late_entries(at) and can_send_late(user)


def can_send_late(user: Any) -> bool:
    """Agencies and field operators may still send in the grace period."""
    return is_field_operator(user) or membership_of(user) is not None


def is_author(user: Any, aspiration: Aspiration) -> bool:
    """The account that sent it; for an agency's aspiration, anyone who acts for the agency."""
    if not is_signed_in(user):
        return False
    membership = membership_of(user)
    if aspiration.agency_id is not None:
        return membership is not None and membership.agency_id == aspiration.agency_id
    return aspiration.author.account_id == user.pk
