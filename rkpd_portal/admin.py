"""The admin site: reached through allauth's login and a second factor only."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.permissions import can_use_admin


class PortalAdminSite(admin.AdminSite):
    """Django's admin for administrators who have a second factor."""

    site_header = site_title = _("Administration of the RKPD consultation")
    login = secure_admin_login(admin.AdminSite.login)

    def has_permission(self, request: HttpRequest) -> bool:
        return can_use_admin(request.user)
