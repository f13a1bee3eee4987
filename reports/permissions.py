"""Who may ask for reports, see them, release them and download them."""

from typing import Any

from accounts.permissions import is_lead_planner, is_official, is_planner
from reports.models import Report


def can_see_reports(user: Any) -> bool:
    """Planners ask for reports, officials sign them."""
    return is_planner(user) or is_official(user)


def can_request_report(user: Any) -> bool:
    return is_planner(user)


def can_release_report(user: Any) -> bool:
    return is_lead_planner(user) or is_official(user)


def can_download(user: Any, report: Report) -> bool:
    return report.is_released or can_see_reports(user)
