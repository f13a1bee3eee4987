"""Small deviations from allauth's defaults."""

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import is_staff_member


class AccountAdapter(DefaultAccountAdapter):
    """Where people land, and where the mailed link that sets a new password leads: to the
    portal's public address, whatever host the request named."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff begin at their desk, everyone else at the home page."""
        if is_staff_member(request.user):
            return reverse("desk")
        return str(super().get_login_redirect_url(request))

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.SITE_URL}{path}"
