"""What planners fill in: reasons, the aspiration to join with, tags, the answer, notes."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aspirations import reference
from aspirations.models import Aspiration, Disposition, ReasonCode, Response, Tag
from aspirations.models.response import CHANGES_TEXT, NEEDS_REASON_CODE
from aspirations.models.tag import FREE_NAME_LENGTH

TEXT_LENGTH = 4000
NEW_TAGS_AT_ONCE = 10
ANSWER = ("disposition", "reason_code", "forwarded_to", "reason", "text_before", "text_after")


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReturnForm(forms.Form):
    """What the author should add."""

    missing = forms.CharField(
        label=_("What is missing"),
        help_text=_("The author reads this and can then complete the aspiration."),
        max_length=TEXT_LENGTH,
        widget=_area(3),
        error_messages={"required": _("Tell the author what is missing.")},
    )


class RefuseForm(forms.Form):
    """Why the public will not see it."""

    refusal = forms.CharField(
        label=_("Reason that the author reads"),
        help_text=_("A complaint about a service belongs in LAPOR!: say so, and how to get there."),
        max_length=TEXT_LENGTH,
        widget=_area(3),
        error_messages={"required": _("Give the author a reason.")},
    )


class MergeForm(forms.Form):
    """The published aspiration that this one is joined to."""

    into = forms.CharField(
        label=_("Code of the accepted aspiration"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the code of the aspiration to join with.")},
    )
    target: Aspiration | None = None

    def clean_into(self) -> str:
        code = reference.tidy_code(self.cleaned_data["into"])
        found = Aspiration.objects.with_lists().filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("No aspiration has this code. Check each sign."))
        self.target = found
        return code


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = forms.CharField(
        label=_("Note for colleagues"),
        help_text=_("Kept with the aspiration; neither the author nor the public sees it."),
        max_length=TEXT_LENGTH,
        widget=_area(2),
        error_messages={"required": _("Write the note first.")},
    )


class TagsForm(forms.Form):
    """Tags by facet, and new free tags by name."""

    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), label=_("Tags"), required=False)
    # The tags that were ticked when the form was opened: a colleague may change them meanwhile.
    before = forms.CharField(required=False, widget=forms.HiddenInput)
    names = forms.CharField(
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
        if any(len(name) > FREE_NAME_LENGTH for name in names):
            raise forms.ValidationError(
                _("A tag's name has at most 40 signs. Choose a shorter one.")
            )
        return names

    def clean_before(self) -> set[str]:
        return set(self.cleaned_data["before"].split(","))

    def applied_to(self, present: Iterable[Tag]) -> list[Tag]:
        """The present tags with what was ticked added and what was unticked taken out."""
        ticked, before = list(self.cleaned_data["tags"]), self.cleaned_data["before"]
        unticked = before - {str(tag.pk) for tag in ticked}
        kept = [tag for tag in present if str(tag.pk) not in unticked]
        return [*kept, *(tag for tag in ticked if str(tag.pk) not in before)]


def tags_to_edit(aspiration: Aspiration) -> dict[str, Any]:
    """What the tags' form begins with."""
    keys = [tag.pk for tag in aspiration.tags.all()]
    return {"tags": keys, "before": ",".join(map(str, keys))}


class TagBox:
    """The tags as the page offers them: by facet, each ticked or not."""

    def __init__(self, form: TagsForm) -> None:
        self.ticked = {str(value) for value in form["tags"].value() or []}
        self.offered = list(Tag.objects.all())

    def facets(self) -> Iterator[tuple[str, Any, list[tuple[Tag, bool]]]]:
        """(facet, label, [(tag, is ticked)]); of free tags, only those that are ticked."""
        for facet in Tag.Facet:
            rows = [(tag, str(tag.pk) in self.ticked) for tag in self.offered if tag.facet == facet]
            if facet == Tag.Facet.FREE:
                rows = [row for row in rows if row[1]]
            yield facet.value, facet.label, rows

    def free_names(self) -> list[str]:
        """Names to suggest while a free tag is typed."""
        free = [tag.name for tag in self.offered if tag.facet == Tag.Facet.FREE]
        return free[:200]


class ResponseForm(forms.Form):
    """The official answer."""

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
    forwarded_to = forms.CharField(
        label=_("Forwarded to"),
        help_text=_("The office or the forum, by its full name."),
        required=False,
        max_length=200,
    )
    reason = forms.CharField(
        label=_("Reason that the author reads"),
        help_text=_("Required unless accommodated. Write to the author, in plain words."),
        required=False,
        max_length=TEXT_LENGTH,
        widget=_area(5),
    )
    text_before = forms.CharField(
        label=_("Sentence before"), required=False, max_length=TEXT_LENGTH, widget=_area(3)
    )
    text_after = forms.CharField(
        label=_("Sentence after"),
        help_text=_("Leave empty if the text of the plan does not change."),
        required=False,
        max_length=TEXT_LENGTH,
        widget=_area(3),
    )
    # The answer in force when the form was opened, 0 for none: nobody's answer is lost unseen.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        disposition = cleaned.get("disposition")
        if disposition in CHANGES_TEXT:
            self._check_change(cleaned)
        if disposition and disposition != Disposition.ACCOMMODATED and not cleaned.get("reason"):
            self._complain("reason", _("Every answer needs a reason, unless accommodated."))
        if disposition in NEEDS_REASON_CODE and not cleaned.get("reason_code"):
            self._complain("reason_code", _("Choose the kind of reason."))
        if disposition == Disposition.FORWARDED and not cleaned.get("forwarded_to"):
            self._complain("forwarded_to", _("Say to whom it is forwarded."))
        return cleaned

    def _complain(self, field: str, sentence: Any) -> None:
        """Add the sentence unless the field has an error of its own."""
        if field not in self.errors:
            self.add_error(field, sentence)

    def _check_change(self, cleaned: dict[str, Any]) -> None:
        """A change needs both sentences; the sentence before alone says nothing."""
        before, after = cleaned.get("text_before"), cleaned.get("text_after")
        if after and not before:
            self._complain("text_before", _("Write the sentence as it was before the change."))
        elif after and before == after:
            self._complain("text_after", _("Both sentences are the same. Write what changed."))
        elif not after:
            cleaned["text_before"] = ""

    def have_seen(self, response: Response | None) -> None:
        """What is typed may supersede this answer, now that the page shows it."""
        typed = {name: self[name].value() for name in self.fields}
        self.data = typed | {"seen": response.pk if response else 0}

    def draft(self) -> Response:
        """The answer as typed so far, unsaved, to show what the author will read."""
        self.is_valid()
        typed = {name: self.cleaned_data.get(name, "") for name in ANSWER}
        disposition = typed["disposition"]
        if disposition not in CHANGES_TEXT:
            typed["text_before"] = typed["text_after"] = ""
        if disposition not in NEEDS_REASON_CODE:
            typed["reason_code"] = ""
        if disposition != Disposition.FORWARDED:
            typed["forwarded_to"] = ""
        return Response(**typed)


def answer_to_edit(aspiration: Aspiration) -> dict[str, Any]:
    """What the answer form begins with: the answer in force, or the words at issue."""
    response = aspiration.response
    if response is None:
        on_block = aspiration.block_id is not None
        return {
            "text_before": aspiration.quote if on_block else "",
            "text_after": aspiration.suggested_wording if on_block and aspiration.quote else "",
            "seen": 0,
        }
    return {name: getattr(response, name) for name in ANSWER} | {"seen": response.pk}
