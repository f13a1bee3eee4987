"""The forms that take what a passkey answered: anybody can send anything there."""

import struct
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.webauthn import forms as webauthn
from django import forms

LONGEST = 32_000
BRACKETS = 64  # a browser's answer has four or five; thousands would exhaust the parser
# What the parsers of binary answers raise about one that is cut short or made up.
MALFORMED = (IndexError, KeyError, RecursionError, TypeError, ValueError, struct.error)


class CredentialField(forms.JSONField):
    """An object as WebAuthn's JSON describes it, with a `response` of texts."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        if len(value) > LONGEST or value.count("[") + value.count("{") > BRACKETS:
            raise _refusal()
        try:
            found = super().to_python(value)
        except ValueError as error:  # a number of thousands of digits
            raise _refusal() from error
        if not _has_the_shape(found):
            raise _refusal()
        return found

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A refused answer is not shown again: it is good for one time only."""
        return None


def _has_the_shape(answer: Any) -> bool:
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        return False
    extensions = answer.get("clientExtensionResults", {})
    if not isinstance(extensions, dict) or not isinstance(extensions.get("credProps", {}), dict):
        return False
    names = "id", "rawId", "type"
    return all(isinstance(answer.get(name), str) for name in names)


def _refusal() -> forms.ValidationError:
    return get_adapter().validation_error("incorrect_code")


class AddForm(webauthn.AddWebAuthnForm):
    """A new passkey."""

    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except MALFORMED as error:
            raise _refusal() from error


class AuthenticateForm(webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise _refusal() from error


class LoginForm(AuthenticateForm):
    """A passkey alone: it says itself whose it is."""

    passwordless = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=None, **kwargs)


class ReauthenticateForm(AuthenticateForm):
    """A passkey again, before something that matters."""

    reauthenticated = True
