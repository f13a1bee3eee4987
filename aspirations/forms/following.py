"""The forms of someone who follows an aspiration: find it, complete it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import LineField, WordsField
from aspirations import reference
from aspirations.forms.sending import BODY_LIMIT


class LookupForm(forms.Form):
    """A code and its PIN, as people type them."""

    code = LineField(
        label=_("Aspiration number"),
        max_length=30,
        help_text=_("It looks like RK28-4F7K-2 and stands on your receipt."),
        widget=forms.TextInput(
            attrs={"data-size": "code", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("Write the number on your receipt.")},
    )
    pin = LineField(
        label=_("PIN"),
        max_length=20,
        help_text=_("Six digits. Only you have them."),
        widget=forms.TextInput(
            attrs={"data-size": "code", "autocomplete": "off", "inputmode": "numeric"}
        ),
        error_messages={"required": _("Write the six digits of the PIN.")},
    )

    def clean_code(self) -> str:
        code = reference.tidy_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(
                _("A sign in this number is not right. Please compare it with your receipt.")
            )
        return code

    def clean_pin(self) -> str:
        """The digits alone: people type spaces between them."""
        return "".join(sign for sign in self.cleaned_data["pin"] if sign.isdecimal())


class CompletionForm(forms.Form):
    """What the author adds after a planner asked for it."""

    words = WordsField(
        limit=BODY_LIMIT,
        label=_("What you would like to add"),
        rows=8,
        help_text=_("Your first text stays as it was; this is put below it."),
        error_messages={"required": _("Write what you want to add.")},
    )
