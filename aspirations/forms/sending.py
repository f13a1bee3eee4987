"""The form for an aspiration: what, where, who, where to answer, and with which consent."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import SPACE, AddressField, LineField, WordsField
from accounts.models import Agency, User
from accounts.permissions import agency_of, is_field_operator, is_signed_in
from aspirations.models import WORD_FIELDS, Channel, Kind, StakeholderGroup
from consultations import markup
from consultations.models import BlockText, ChapterText
from consultations.publication import Publication

# The wording of the consents and of the privacy notice that the form shows. Raise it with them.
CONSENT_VERSION = "2026-4"
BODY_LIMIT = 2000
QUOTE_START = 600
OFFICES = frozenset(Agency.Kind.values)
REGION_CODE = re.compile(r"62(\.\d{2}){1,2}(\.\d{4})?", re.ASCII)
# What the browser keeps until it was received: never a name, an e-mail or a telephone.
KEPT = {"data-keep": ""}


@dataclass(frozen=True)
class Sender:
    """Who sits at the form: anyone, a resident's account, an office, or a field operator."""

    user: User | None
    agency: Agency | None
    is_operator: bool

    @classmethod
    def of(cls, user: Any) -> "Sender":
        if not is_signed_in(user):
            return cls(None, None, False)
        return cls(user, agency_of(user), is_field_operator(user))

    def provenance(self, *, letter: bool = False) -> dict[str, Any]:
        """The channel, and in whose name the aspiration is kept."""
        if self.is_operator:
            return {"channel": Channel.ASSISTED, "account": None, "entered_by": self.user}
        channel = Channel.AGENCY_LETTER if self.agency and letter else Channel.WEB
        return {"channel": channel, "account": self.user, "agency": self.agency}


class AspirationForm(forms.Form):
    """One aspiration on one chapter. `submission()` gives what `submit` asks for."""

    quote = WordsField(limit=BODY_LIMIT, label=_("Quoted words"), required=False, rows=4)
    kind = forms.ChoiceField(
        label=_("What would you like to send?"),
        choices=Kind.choices,
        widget=forms.RadioSelect(attrs=KEPT),
        error_messages={"required": _("Choose a comment, a proposal or a question.")},
    )
    body = WordsField(
        limit=BODY_LIMIT,
        label=_("Your aspiration"),
        rows=8,
        help_text=_("In your own words. One matter per aspiration is easiest to answer."),
        error_messages={"required": _("Write what you would like to say.")},
    )
    suggested_wording = WordsField(
        limit=BODY_LIMIT, label=_("How should the text read instead?"), required=False, rows=4
    )
    rationale = WordsField(
        limit=BODY_LIMIT, label=_("What is the problem, or the reason?"), required=False, rows=4
    )
    affair_field = forms.ChoiceField(
        label=_("Field of government"), required=False, widget=forms.Select(attrs=KEPT)
    )
    priority = forms.TypedChoiceField(
        label=_("Development priority"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select(attrs=KEPT),
    )
    regency = forms.ChoiceField(
        label=_("Regency or city"),
        widget=forms.Select(attrs=KEPT),
        help_text=_("Where the matter is, or where you live."),
        error_messages={"required": _("Choose the regency or city.")},
    )
    district = LineField(
        label=_("District"), required=False, max_length=13, widget=forms.Select(attrs=KEPT)
    )
    village = LineField(
        label=_("Village or urban village"),
        required=False,
        max_length=13,
        widget=forms.Select(attrs=KEPT),
    )
    stakeholder_group = forms.ChoiceField(
        label=_("For whom do you speak?"),
        widget=forms.Select(attrs=KEPT),
        help_text=_("Choose the one that fits best."),
        error_messages={"required": _("Choose for whom you speak.")},
    )
    display_name = LineField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As you wish to be addressed."),
        error_messages={"required": _("Write your name. You decide below whether it is shown.")},
    )
    organisation = LineField(
        label=_("Organisation or office"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_("Needed only when you speak for a government office."),
    )
    position = LineField(
        label=_("Position"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        help_text=_("Needed only when you speak for a government office."),
        error_messages={"required": _("Write your position in the office.")},
    )
    letter = forms.BooleanField(
        label=_("This is the content of an official letter of our office"), required=False
    )
    contact_email = AddressField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": _("This e-mail address is not complete. Example: nama@contoh.id")
        },
    )
    contact_phone = LineField(
        label=_("WhatsApp number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "inputmode": "tel"}),
    )
    consent_publish = forms.BooleanField(
        label=_("My aspiration may be shown to the public"), required=False
    )
    show_name = forms.BooleanField(
        label=_("My name and organisation may be shown with it"), required=False
    )
    privacy = forms.BooleanField(
        label=_("I have read the privacy notice and agree that my data is used to answer me"),
        error_messages={
            "required": _("Tick this box: without it we may not keep your aspiration.")
        },
    )

    def __init__(
        self,
        data: Any = None,
        *,
        plan: Publication,
        text: ChapterText,
        sender: Sender,
        block: BlockText | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        first = {"quote": self._opening, **self._known(sender)}
        super().__init__(data, initial=first | (initial or {}))
        self.plan, self.text, self.sender, self.block = plan, text, sender, block
        self._offer_choices()
        self._drop_fields()

    def _opening(self) -> str:
        return opening(markup.quotable(self.block.html)) if self.block else ""

    @staticmethod
    def _known(sender: Sender) -> dict[str, Any]:
        if sender.user is None or sender.is_operator:
            return {}
        return {"display_name": sender.user.name}

    def _offer_choices(self) -> None:
        plan, regencies = self.plan, self.plan.regencies
        self._choices("regency", lambda: [(code, regencies[code].name) for code in regencies])
        self._choices("stakeholder_group", lambda: StakeholderGroup.choices)
        self._choices("affair_field", lambda: plan.affair_fields)
        self._choices("priority", lambda: plan.priorities)
        self._choices("district", lambda: self._places("regency"), on_widget=True)
        self._choices("village", lambda: self._places("district"), on_widget=True)

    def _choices(
        self, name: str, choices: Callable[[], Iterable[Any]], *, on_widget: bool = False
    ) -> None:
        """Offer the choices after an empty one, once somebody looks at them: whoever sends a form
        does not look at the lists that they left alone."""
        place: Any = self.fields[name].widget if on_widget else self.fields[name]
        place.choices = lambda: [("", _("Choose")), *choices()]

    def _places(self, parent: str) -> list[tuple[str, str]]:
        """The districts of the chosen regency, or the villages of the chosen district."""
        code = str(self[parent].value() or "")
        if not REGION_CODE.fullmatch(code):
            return []
        return [(one.code, one.name) for one in self.plan.places(code).values()]

    def _drop_fields(self) -> None:
        office = ("stakeholder_group", "organisation", "show_name")
        for name in office if self.sender.agency else ("letter",):
            del self.fields[name]
        if self.sender.agency:
            self.fields["position"].required = True
            self.fields["position"].help_text = ""

    @property
    def further_words(self) -> list[forms.BoundField]:
        """The optional fields for the author's own words."""
        return [self[name] for name in WORD_FIELDS[1:]]

    @property
    def says_more(self) -> bool:
        """Whether one of the optional fields is filled in, or filled in wrongly."""
        optional = (*self.further_words, self["affair_field"], self["priority"])
        return any(field.value() or field.errors for field in optional)

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, as it came, for a page that hands it on."""
        return {name: words for name in self.fields if (words := self.data.get(name))}

    def values(self) -> dict[str, Any]:
        """What is typed, for a form that shows it again without finding fault."""
        return {name: self[name].value() for name in self.fields}

    def clean_quote(self) -> str:
        quote = SPACE.sub(" ", self.cleaned_data["quote"])
        if self.block is None:
            return ""
        if quote not in self.block.plain:
            raise forms.ValidationError(
                _("These words do not stand in the text like this. Shorten it without changing it.")
            )
        return quote

    def clean_contact_phone(self) -> str:
        typed = self.cleaned_data["contact_phone"]
        digits = re.sub(r"[ ().-]", "", typed)
        if not typed:
            return ""
        if not re.fullmatch(r"\+?[0-9]{8,15}", digits, re.ASCII):
            raise forms.ValidationError(
                _("This is not a telephone number. Example: 0812 3456 7890")
            )
        return f"+62{digits[1:]}" if digits.startswith("0") else digits

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._find_region(cleaned)
        self._complete_office(cleaned)
        return cleaned

    def _find_region(self, cleaned: dict[str, Any]) -> None:
        """Take the finest place given; each must lie inside the one before."""
        region = self.plan.regencies.get(cleaned.get("regency", ""))
        for name in ("district", "village"):
            code = cleaned.get(name)
            if not code or region is None:
                continue
            finer = self.plan.places(region.code).get(code)
            if finer is None:
                self.add_error(
                    name, _("This place does not lie in %(place)s.") % {"place": region.name}
                )
                return
            region = finer
        cleaned["region"] = region

    def _complete_office(self, cleaned: dict[str, Any]) -> None:
        if self.sender.agency:
            cleaned["stakeholder_group"] = self.sender.agency.kind
            cleaned["organisation"] = self.sender.agency.name
        elif cleaned.get("stakeholder_group") in OFFICES:
            if not cleaned.get("organisation") and "organisation" not in self.errors:
                self.add_error("organisation", _("Write the name of the office."))
            if not cleaned.get("position") and "position" not in self.errors:
                self.add_error("position", _("Write your position in the office."))

    def submission(self) -> dict[str, Any]:
        """The fields of a valid form, as `Aspiration.objects.submit` takes them."""
        given = self.cleaned_data
        same = ("quote", "kind", *WORD_FIELDS, "region")
        about = ("stakeholder_group", "display_name", "organisation", "position")
        reply = ("contact_email", "contact_phone", "consent_publish")
        return {
            **{name: given[name] for name in (*same, *about, *reply)},
            **self.sender.provenance(letter=given.get("letter", False)),
            "chapter_text": self.text,
            "block_id": self.block.block_id if self.block else None,
            "affair_field_id": given["affair_field"] or None,
            "priority_id": given["priority"],
            "show_name": given.get("show_name", False),
            "consent_version": CONSENT_VERSION,
        }


def opening(words: str, limit: int = QUOTE_START) -> str:
    """The first words of a long block, cut between two words."""
    if len(words) <= limit:
        return words
    return words[:limit].rpartition(" ")[0] or words[:limit]
