"""Signing in by code or password, and inviting people to act for an agency."""

from allauth.account import forms as allauth_forms
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership


class LoginForm(allauth_forms.LoginForm):
    """With a password it signs in at once; without one it sends a code."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean_password(self) -> str:
        password: str = self.cleaned_data.get("password", "")
        if not password and self.data.get("way") == "password":
            raise ValidationError(_("Type your password, or ask for a code instead."))
        return password


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
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
