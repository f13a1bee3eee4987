"""The admin site: reached through allauth's login and a second factor only."""

import re
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import can_use_admin, is_administrator

KEY = re.compile(r"[0-9]{1,18}|[0-9a-f-]{36}", re.ASCII)


@requires(is_administrator)
def login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Django's own form is never shown: it would take a password without a second factor."""
    return redirect("admin:index")


@require_POST
@requires(is_administrator)
def logout(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The same way out as everywhere else."""
    get_adapter().logout(request)
    return redirect("home")


def _is_sensible(request: HttpRequest) -> bool:
    """Django's lists hand patterns and chosen keys to the database without looking at them."""
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    patterns = [name for name in request.GET if name.endswith(("__regex", "__iregex"))]
    return not patterns and all(KEY.fullmatch(key) for key in chosen)


class PortalAdminSite(admin.AdminSite):
    """Django's admin for administrators who have a second factor."""

    site_header = site_title = _("Administration of the RKPD consultation")
    login = staticmethod(login)  # type: ignore[assignment]
    logout = staticmethod(logout)  # type: ignore[assignment]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the admin, unless it is asked for what it does not offer."""

        def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not _is_sensible(request):
                raise BadRequest("The admin offers no such choice.")
            return view(request, *args, **kwargs)

        return super().admin_view(careful, cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return can_use_admin(request.user)
