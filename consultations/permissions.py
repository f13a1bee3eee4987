"""Who may write and publish the plan's text."""

from typing import Any

from accounts.permissions import is_lead_planner, is_planner


def can_write_text(user: Any) -> bool:
    """Planners write and preview."""
    return is_planner(user)


def can_publish_text(user: Any) -> bool:
    """The lead planner creates cycles and consultations, publishes and extends."""
    return is_lead_planner(user)
