"""Forms of the drafting desk: plan years, consultations, chapter titles and text."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_prose_editor.fields import ProseEditorFormField
from django_prose_editor.widgets import ProseEditorWidget

from accounts.errors import AlreadyDone
from accounts.fields import LineField, WordsField
from accounts.models import User
from consultations import markup
from consultations.models import Consultation, PlanCycle, Priority

LONGEST_TEXT = 1_000_000
FIRST_YEAR, LAST_YEAR = 2000, 2100
# What the editor may write is what `consultations.markup` keeps.
EDITOR_EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Subscript": True,
    "Superscript": True,
    "HardBreak": True,
    "Heading": {"levels": [2, 3]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Link": {"enableTarget": False},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "Menu": False,
    "NoSpellCheck": False,
}


class LinesField(WordsField):
    """A list of texts, one per line."""

    def __init__(self, *, longest_line: int = 300, **options: Any) -> None:
        self.longest_line = longest_line
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(self.prepare_value(initial) or "") != _lines(self.to_python(data))

    def clean(self, value: Any) -> list[str]:
        lines = _lines(super().clean(value))
        if any(len(line) > self.longest_line for line in lines):
            raise forms.ValidationError(
                _("Each line may have at most %(count)d characters.") % {"count": self.longest_line}
            )
        return lines


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def changes_of(form: forms.BaseForm) -> str:
    """What was changed, by its labels, in the portal's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return ", ".join(str(form.fields[name].label) for name in form.changed_data)


class CycleForm(forms.ModelForm):
    """A plan year with its priorities. The year itself is fixed once it exists."""

    vision = WordsField(label=_("Vision"), required=False, rows=3, limit=2000)
    missions = LinesField(
        label=_("Missions"),
        help_text=_("One mission per line."),
        required=False,
        rows=5,
        limit=4000,
    )
    priorities = LinesField(
        label=_("Development priorities"),
        help_text=_("One priority per line, in order. Residents can name one in an aspiration."),
        required=False,
        rows=5,
        limit=4000,
        longest_line=200,
    )

    class Meta:
        model = PlanCycle
        fields = (
            "year",
            "theme",
            "priorities",
            "rpjmd_title",
            "rpjmd_start",
            "rpjmd_end",
            "vision",
            "missions",
            "province",
            "organiser_name",
            "organiser_short",
            "organiser_address",
            "organiser_contact",
            "signatory_position",
            "signatory_name",
            "is_example",
        )
        field_classes = {
            field.name: LineField
            for field in PlanCycle._meta.fields
            if isinstance(field, models.CharField)
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["province"].show_hidden_initial = False  # the row says what was there before
        if self.instance.pk:
            self.fields["year"].disabled = True
            self.initial["priorities"] = [p.title for p in self.instance.priorities.all()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("rpjmd_start"), cleaned.get("rpjmd_end")
        if start and end and end < start:
            self.add_error("rpjmd_end", _("The last year must not be before the first year."))
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """Name the field in what Django says of it: the summary above lists all that is wrong."""
        if isinstance(error, forms.ValidationError):
            problems = error.error_dict if hasattr(error, "error_dict") else {field: [error]}
            for name, found in problems.items():
                for problem in forms.ValidationError(found).messages:
                    super().add_error(name, self._named(name, problem))
        else:
            super().add_error(field, error)

    def _named(self, name: str | None, problem: str) -> str:
        label = self.fields[name].label if name in self.fields else ""
        return f"{label}: {problem}" if label else problem

    def save_by(self, user: User) -> PlanCycle:
        """Save the year and its priorities together. Raises DomainError as the verb does."""
        try:
            with transaction.atomic():
                cycle = self.save()
                Priority.objects.replace(self.cleaned_data["priorities"], cycle=cycle)
                if self.changed_data:
                    cycle.record_change(changes_of(self), by=user)
        except IntegrityError as error:
            raise AlreadyDone(_("Someone else created this plan year a moment ago.")) from error
        return cycle


class MomentField(forms.DateTimeField):
    """A date and a time on the clock of the province (WIB)."""

    def __init__(self, **options: Any) -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=picker, **options)

    def to_python(self, value: Any) -> datetime | None:
        """Refuse years that a slip of the finger makes: 0026, 20226."""
        moment = super().to_python(value)
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(_("Check the year of this date."))
        return moment


class ConsultationForm(forms.Form):
    """When and about which stage the public is asked."""

    stage = forms.ChoiceField(label=_("Stage of the plan"), choices=Consultation.Stage.choices)
    opens_at = MomentField(label=_("Opens"), help_text=_("Date and time, WIB."))
    closes_at = MomentField(label=_("Closes"), help_text=_("Date and time, WIB."))
    grace_until = MomentField(
        label=_("Late entries until"),
        help_text=_("Optional. Until then agencies and field operators may still send."),
        required=False,
    )
    introduction = WordsField(
        label=_("Introduction for the public"),
        help_text=_("Plain words on the first page: what is asked, and what happens with it."),
        required=False,
        rows=5,
        limit=4000,
    )


class ExtendForm(forms.Form):
    """A later closing time, with its public reason."""

    closes_at = MomentField(label=_("New closing time"), help_text=_("Date and time, WIB."))
    reason = WordsField(
        label=_("Reason"),
        help_text=_("Shown to the public beside the new closing time."),
        rows=3,
        limit=500,
    )


class RenameForm(forms.Form):
    """A chapter's title."""

    title = LineField(label=_("Chapter title"), max_length=200)


class BlockEditorWidget(ProseEditorWidget):
    """The prose editor on a plain textarea.

    Our own module fetches the editor's script when a textarea appears, so neither an import map
    nor an injected style sheet is needed under the strict Content-Security-Policy.
    """

    media = forms.Media()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        attributes = context["widget"]["attrs"]
        attributes["data-editor-src"] = static("django_prose_editor/editor.js")
        attributes["data-longest"] = LONGEST_TEXT
        return context


class TextForm(forms.Form):
    """Text for one block, or for as many blocks as were pasted."""

    html = ProseEditorFormField(
        label=_("Text"),
        config={"extensions": EDITOR_EXTENSIONS},
        preset="block",
        widget=BlockEditorWidget(attrs={"rows": 12}),
        max_length=LONGEST_TEXT,
        error_messages={
            "required": _("There is no text to add. Write or paste something first."),
            "max_length": _("This text is too long. Add it in two or more parts."),
        },
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def clean_html(self) -> str:
        """HTML of the editor, or plain words of a bare textarea; something must be left of it."""
        text = markup.from_typing(self.cleaned_data["html"])
        if not markup.split_blocks(text):
            raise forms.ValidationError(self.fields["html"].error_messages["required"])
        return text

    def again(self, *, revision: int, complaint: str) -> "TextForm":
        """The same words against a newer revision of the block, with the reason to look again."""
        form = TextForm({"html": self.data["html"], "revision": revision})
        form.full_clean()
        form.add_error(None, complaint)
        return form
