"""Signing in: one form for a code by e-mail or, for those who set one, a password."""

from allauth.account import forms as allauth_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
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
