"""The forms of someone who follows an aspiration: find it, complete it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import LineField, WordsField
from aspirations import personal_data, reference
from aspirations.forms.sending import BODY_LIMIT

TELEPHONE_FOUND = _(
    "Your text seems to hold a telephone number. If it may be shown to everyone, leave it;"
    " otherwise take it out."
)


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
    sure = forms.BooleanField(
        label=_("I have read it again, and it may stay like this"), required=False
    )

    def clean_words(self) -> str:
        """What may be shown to everyone is sent with an identity number only on purpose."""
        words: str = self.cleaned_data["words"]
        if self.data.get("sure"):
            return words
        if personal_data.mentions_identity_number(words):
            raise forms.ValidationError(personal_data.NIK_FOUND, code="doubt")
        if personal_data.mentions_telephone(words):
            raise forms.ValidationError(TELEPHONE_FOUND, code="doubt")
        return words

    @property
    def is_doubtful(self) -> bool:
        """Whether the only thing wrong is what its author may wave through."""
        return self.has_error("words", "doubt")
