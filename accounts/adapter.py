"""Small deviations from allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Mail links carry the portal's public address, whatever host the request named."""

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: object) -> str:
        url: str = super().get_email_confirmation_url(request, emailconfirmation)
        path = url.split("/", 3)[-1] if url.startswith("http") else url.lstrip("/")
        return f"{settings.SITE_URL}/{path}"
