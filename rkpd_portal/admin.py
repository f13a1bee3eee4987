"""The admin site: reached through allauth's login and a second factor only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.access import requires
from accounts.permissions import can_use_admin, is_administrator


@requires(is_administrator)
def login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Django's own form is never shown: it would take a password without a second factor."""
    return redirect("admin:index")


class PortalAdminSite(admin.AdminSite):
    """Django's admin for administrators who have a second factor."""

    site_header = site_title = _("Administration of the RKPD consultation")
    login = staticmethod(login)  # type: ignore[assignment]

    def has_permission(self, request: HttpRequest) -> bool:
        return can_use_admin(request.user)
