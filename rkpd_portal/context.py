"""What every template knows: the way round the portal for this person."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.permissions import can_use_admin, is_administrator, is_signed_in, membership_of
from aspirations.permissions import can_moderate
from consultations.permissions import can_write_text
from reports.permissions import can_see_reports


def portal(request: HttpRequest) -> dict[str, Any]:
    """`is_desk` (a staff page), `is_local` (a demonstration machine) and the doors to show."""
    user = getattr(request, "user", None)
    return {
        "is_desk": request.path.startswith("/kelola/"),
        "is_local": not settings.PRODUCTION,
        "site_url": settings.SITE_URL,
        "province": settings.PROVINCE,
        "doors": {
            "moderating": can_moderate(user),
            "drafting": can_write_text(user),
            "reporting": can_see_reports(user),
            "agencies": is_administrator(user),
            "admin": can_use_admin(user),
        },
        "membership": membership_of(user) if is_signed_in(user) else None,
    }
