"""What planners fill in: reasons, the aspiration to join with, tags, the response, notes."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import LineField, WordsField
from aspirations import reference
from aspirations.models import Aspiration, Disposition, ReasonCode, Response, Tag
from aspirations.models.response import RESPONSE_FIELDS

TEXT_LENGTH = 4000
NEW_TAGS_AT_ONCE = 10


class ReturnForm(forms.Form):
    """What the author should add."""

    missing = WordsField(
        label=_("What is missing"),
        help_text=_("The author reads this and can then complete the aspiration."),
        rows=3,
        limit=TEXT_LENGTH,
        error_messages={"required": _("Tell the author what is missing.")},
    )


class RefuseForm(forms.Form):
    """Why the public will not see it."""

    refusal = WordsField(
        label=_("Reason that the author reads"),
        help_text=_("A complaint about a service belongs in LAPOR!: say so, and how to get there."),
        rows=3,
        limit=TEXT_LENGTH,
        error_messages={"required": _("Give the author a reason.")},
    )


class MergeForm(forms.Form):
    """The published aspiration that this one is joined to."""

    into = LineField(
        label=_("Code of the accepted aspiration"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the code of the aspiration to join with.")},
    )
    target: Aspiration | None = None

    def clean_into(self) -> str:
        code = reference.tidy_code(self.cleaned_data["into"])
        found = Aspiration.objects.with_lists().with_current_response().with_last_step()
        self.target = found.filter(code=code).first()
        if self.target is None:
            raise forms.ValidationError(_("No aspiration has this code. Check each sign."))
        return code


class NoteForm(forms.Form):
    """A note for colleagues."""

    words = WordsField(
        label=_("Note for colleagues"),
        help_text=_("Kept with the aspiration; neither the author nor the public sees it."),
        rows=2,
        limit=TEXT_LENGTH,
        error_messages={"required": _("Write the note first.")},
    )


class TagsForm(forms.Form):
    """Tags by facet, and new free tags by name."""

    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), label=_("Tags"), required=False)
    # The tags that were ticked when the form was opened: a colleague may change them meanwhile.
    before = forms.CharField(required=False, widget=forms.HiddenInput)
    names = LineField(
        label=_("Add free tags"),
        help_text=_("Separate several names with commas."),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"list": "free-tags", "autocomplete": "off"}),
    )

    def clean_names(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["names"].split(",") if name.strip()]
        if len(names) > NEW_TAGS_AT_ONCE:
            raise forms.ValidationError(_("Add at most ten tags at once."))
        return names

    def clean_before(self) -> set[int]:
        keys = self.cleaned_data["before"].split(",")
        return {int(key) for key in keys if re.fullmatch(r"[0-9]{1,18}", key, re.ASCII)}


def tags_to_edit(aspiration: Aspiration) -> dict[str, Any]:
    """What the tags' form begins with."""
    keys = [tag.pk for tag in aspiration.tags.all()]
    return {"tags": keys, "before": ",".join(map(str, keys))}


class TagBox:
    """The tags as the page offers them: by facet, each ticked or not."""

    def __init__(self, form: TagsForm, present: list[Tag]) -> None:
        self.ticked = {str(value) for value in form["tags"].value() or []}
        self.offered = list(Tag.objects.offered(also=[tag.slug for tag in present]))

    def facets(self) -> Iterator[tuple[str, Any, list[tuple[Tag, bool]]]]:
        """(facet, label, [(tag, is ticked)]); of free tags, only those that are ticked."""
        for facet in Tag.Facet:
            rows = [(tag, str(tag.pk) in self.ticked) for tag in self.offered if tag.facet == facet]
            if facet == Tag.Facet.FREE:
                rows = [row for row in rows if row[1]]
            yield facet.value, facet.label, rows

    def free_names(self) -> list[str]:
        """Names to suggest while a free tag is typed."""
        return [tag.name for tag in self.offered if tag.facet == Tag.Facet.FREE]


class ResponseForm(forms.Form):
    """The official response."""

    disposition = forms.ChoiceField(
        label=_("Decision"),
        choices=[choice for choice in Disposition.choices if choice[0] != Disposition.PENDING],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    reason_code = forms.ChoiceField(
        label=_("Kind of reason"),
        required=False,
        choices=[("", _("Choose")), *ReasonCode.choices],
    )
    forwarded_to = LineField(
        label=_("Forwarded to"),
        help_text=_("The office or the forum, by its full name."),
        required=False,
        max_length=200,
    )
    reason = WordsField(
        label=_("Reason that the author reads"),
        help_text=_("Required unless accommodated. Write to the author, in plain words."),
        required=False,
        rows=5,
        limit=TEXT_LENGTH,
    )
    text_before = WordsField(
        label=_("Sentence before"),
        required=False,
        rows=3,
        limit=TEXT_LENGTH,
    )
    text_after = WordsField(
        label=_("Sentence after"),
        help_text=_("Leave empty if the text of the plan does not change."),
        required=False,
        rows=3,
        limit=TEXT_LENGTH,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field, sentence in self.as_typed(cleaned).complaints().items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return cleaned

    def as_typed(self, cleaned: dict[str, Any] | None = None) -> Response:
        """The response as typed so far, unsaved: what the author would read."""
        if cleaned is None:
            self.is_valid()
            cleaned = self.cleaned_data
        return Response(**{name: cleaned.get(name, "") for name in RESPONSE_FIELDS}).tidy()


def response_to_edit(aspiration: Aspiration) -> dict[str, Any]:
    """What the form begins with: the response in force, or the words at issue."""
    response = aspiration.response
    if response is None:
        on_block = aspiration.block_id is not None
        return {
            "text_before": aspiration.quote if on_block else "",
            "text_after": aspiration.suggested_wording if on_block and aspiration.quote else "",
        }
    return {name: getattr(response, name) for name in RESPONSE_FIELDS}
