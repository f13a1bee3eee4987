"""Small deviations from allauth's defaults."""

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mail, robots
from accounts.addresses import validate_address
from accounts.log import note
from accounts.mail import CONFIRMATION, SIGN_IN
from accounts.models import User
from accounts.permissions import is_staff_member

log = logging.getLogger(__name__)
# Which mails of the hour a page uses up; the same for known and unknown addresses.
PURPOSES = {
    "account_reset_password": "reset-mail",
    "account_signup": CONFIRMATION,
}
SENT = ("account/messages/login_code_sent.txt", "account/messages/email_confirmation_sent.txt")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in through others, where the operator has set it up."""

    def get_app(self, request: HttpRequest, *args: Any, **kwargs: Any) -> SocialApp:
        """Where it is not set up, its addresses lead nowhere."""
        try:
            return super().get_app(request, *args, **kwargs)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error


class AccountAdapter(DefaultAccountAdapter):
    """Where people land, how a guesser is slowed down, and what leaves the house by mail."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff begin at their desk, everyone else at the home page."""
        if is_staff_member(request.user):
            return reverse("desk")
        return str(super().get_login_redirect_url(request))

    def is_safe_url(self, url: str) -> bool:
        """An address that cannot be one is none to go to."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """An IPv4 address that came in IPv6's clothes is one address, not everybody's."""
        return robots.plain(super().get_client_ip(request))

    def clean_email(self, email: str) -> str:
        """An address that no message can reach opens no account."""
        validate_address(email)
        return str(super().clean_email(email))

    # Passwords ------------------------------------------------------------------------------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try for the pair of account and address: never for the account alone."""
        if not robots.take(*_tries(request, credentials)):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:
            robots.give_back(*_tries(request, credentials))
        return user

    def set_password(self, user: User, password: str) -> None:
        """Whoever chose a new password may use it at once, however often the old one was wrong;
        what was tried from the same address on other accounts still counts."""
        super().set_password(user, password)
        _address, pair = _tries(self.request, {"email": user.email})
        robots.forget(pair)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        email, address = str(credentials.get("email", "")), robots.client_address(request)
        note("sign_in_failed", way="password", email=email, address=address)

    def logout(self, request: HttpRequest) -> None:
        note("signed_out", user=request.user.pk, address=robots.client_address(request))
        super().logout(request)
        request.has_signed_out = True  # type: ignore[attr-defined]

    # Mail -----------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it unless the recipient has had enough; its links lead to the public address."""
        purpose = _purpose(template_prefix, self.request)
        if not mail.may_send(purpose, email):
            self.request.is_mail_withheld = True
            messages.warning(
                self.request,
                _(
                    "Several messages went to this address a short time ago, so no further one was"
                    " sent. Look in the mailbox and in the spam folder: what came there within the"
                    " last hour still works."
                ),
            )
            return
        if "code" in context:
            mail.note_code(purpose, email, context["code"])
        public = {name: _public(name, value) for name, value in context.items()}
        always = {
            "request": self.request,
            "email": email,
            "current_site": get_current_site(self.request),
        }
        try:
            mail.send(self.render_mail(template_prefix, email, {**always, **public}))
        except OSError as error:
            log.warning("a mail of an account was not taken: %s", type(error).__name__)
            mail.was_not_sent(purpose, email)
            self.request.is_mail_withheld = True
            messages.error(
                self.request,
                _(
                    "The mail server did not take the message to this address. Check the address,"
                    " or try again in a few minutes."
                ),
            )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say nothing of a mail that was not sent."""
        if message_template in SENT and getattr(request, "is_mail_withheld", False):
            return
        super().add_message(request, level, message_template, *args, **kwargs)


def _purpose(template_prefix: str, request: HttpRequest) -> str:
    """What proves an address does so wherever it was asked for; a sign-in may ask for it too."""
    if template_prefix.startswith("account/email/email_confirmation"):
        return CONFIRMATION
    match = request.resolver_match
    return PURPOSES.get(match.view_name if match else "", SIGN_IN)


def _public(name: str, value: Any) -> Any:
    """An address in a mail: at the portal's own, whatever host the request named."""
    if not name.endswith("_url"):
        return value
    return f"{settings.SITE_URL}{urlsplit(value)._replace(scheme='', netloc='').geturl()}"


def _tries(request: HttpRequest, credentials: dict[str, Any]) -> tuple[robots.Counted, ...]:
    address = robots.client_address(request) or "unknown"
    account = str(credentials.get("email", "")).lower()
    return ("wrong-password", address), ("wrong-password-of-account", account, address)
