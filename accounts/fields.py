"""Form fields that every app shares: what they take is tidy before anybody sees it."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import validate_address

# Signs that XML 1.0 forbids (section 2.2), and DEL: pasted text has them, documents refuse them.
INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SPACE = re.compile(r"\s+")
TOO_LONG = _(
    "This is longer than %(limit_value)d characters (it has %(show_value)d). Please shorten it."
)


class AddressField(forms.EmailField):
    """An e-mail address that a message can reach."""

    default_validators = [validate_address]


class WordsField(forms.CharField):
    """Text of many lines. Signs that nobody can see are dropped, line ends made alike."""

    def __init__(self, *, rows: int = 6, limit: int, **options: Any) -> None:
        attrs = {"rows": rows, "data-keep": "words"}
        super().__init__(max_length=limit, widget=forms.Textarea(attrs=attrs), **options)
        self.error_messages["max_length"] = TOO_LONG

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")
        return INVISIBLE.sub("", text).strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`: a browser would cut off what is pasted, and say nothing."""
        return {}


class LineField(forms.CharField):
    """One line of text, its spaces made single."""

    def to_python(self, value: Any) -> str:
        return SPACE.sub(" ", INVISIBLE.sub("", str(super().to_python(value)))).strip()
