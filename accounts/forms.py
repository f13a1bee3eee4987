"""Signing in by code or password, and inviting people to act for an agency."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import mail, robots
from accounts.addresses import validate_address
from accounts.fields import AddressField
from accounts.log import note
from accounts.models import Membership


class LoginForm(allauth_forms.LoginForm):
    """With a password it signs in at once; without one it sends a code."""

    def _setup_password_field(self) -> None:
        self.fields["login"].validators = [validate_address]
        self.fields["password"].required = False
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean_password(self) -> str:
        password: str = self.cleaned_data.get("password", "")
        if not password and self.data.get("way") == "password":
            raise ValidationError(_("Type your password, or ask for a code instead."))
        return password


class SignupForm(allauth_forms.SignupForm):
    """Opens an account."""

    def try_save(self, request: HttpRequest) -> Any:
        """Of two sign-ups with one address at the same moment, the second finds an account."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    """Sends a code to an address that a message can reach."""

    def clean_email(self) -> str:
        get_adapter().clean_email(self.cleaned_data["email"])
        return str(super().clean_email())


class ConfirmLoginCodeForm(allauth_forms.ConfirmLoginCodeForm):
    """Takes any code that was mailed to the address within the hour, once, in any browser."""

    expected_code: str

    def clean_code(self) -> str:
        if self.expected_code:  # else there is no account, and no code was ever mailed
            email = context.request._login_stage.state["email"]
            self.expected_code = _mailed(mail.SIGN_IN, email, self.cleaned_data["code"])
        return str(super().clean_code())


class ConfirmEmailCodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    """The same for the code that proves an address."""

    expected_code: str

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        self.expected_code = _mailed(mail.CONFIRMATION, self.email, typed) if self.user else ""
        return str(super().clean_code())


def _mailed(purpose: str, email: str, typed: str) -> str:
    """What was typed if it was mailed, else nothing. Wrong ones count for address and mailbox."""
    tries = ("wrong-mailed-code", email.lower(), robots.client_address(context.request))
    if not robots.take(tries):
        raise get_adapter().validation_error("too_many_login_attempts")
    if not mail.use_code(purpose, email, typed):
        note("sign_in_failed", way="code", email=email, address=tries[-1])
        return ""
    robots.give_back(tries)
    return typed


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = AddressField(
        label=_("E-mail address"),
        help_text=_("The invitation goes there, and so does the code for signing in."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the e-mail address of the person to invite.")},
    )
    role = forms.ChoiceField(
        label=_("What they do"),
        choices=[
            (Membership.Role.CLERK, _("Clerk: writes the agency's aspirations")),
            (Membership.Role.HEAD, _("Head: answers for the agency; may do the same as a clerk")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the person does for the agency.")},
    )
