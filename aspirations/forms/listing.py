"""The filters of the public list. Their names are those of the query string."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aspirations.keyset import Size
from aspirations.models import Count, Disposition, Kind
from aspirations.models.aspiration import AspirationQuerySet
from consultations.models import ChapterText, Consultation, Region

EVERY_CHAPTER = ("", _("All chapters"))
EVERY_REGENCY = ("", _("All regencies and the city"))
EVERY_KIND = ("", _("All kinds"))
EVERY_DECISION = ("", _("All decisions"))
COLUMNS = {
    "bab": "chapter",
    "wilayah": "regency_id",
    "jenis": "kind",
    "keputusan": "disposition",
    "blok": "block_id",
}
FACETS = {"bab": "chapter", "wilayah": "regency", "jenis": "kind", "blok": "block"}
LISTS = ("bab", "wilayah", "jenis", "keputusan")


class ListFilterForm(forms.Form):
    """What a reader looks for. A filter that does not exist is named and left out."""

    cari = forms.CharField(
        label=_("Words, a place, or an aspiration number"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    bab = forms.ChoiceField(label=_("Chapter"), required=False)
    wilayah = forms.ChoiceField(label=_("Regency or city"), required=False)
    jenis = forms.ChoiceField(
        label=_("Kind of aspiration"), required=False, choices=[EVERY_KIND, *Kind.choices]
    )
    keputusan = forms.ChoiceField(
        label=_("Decision"), required=False, choices=[EVERY_DECISION, *Disposition.choices]
    )
    blok = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, texts: Iterable[ChapterText], regencies: Iterable[Region]
    ) -> None:
        super().__init__(data)
        texts = list(texts)
        self.chapters = {str(text.chapter.number): text.chapter_id for text in texts}
        chapters = [
            (str(text.chapter.number), f"{text.chapter.label} {text.title}") for text in texts
        ]
        places = [(region.code, region.name) for region in regencies]
        self.fields["bab"].choices = [EVERY_CHAPTER, *chapters]  # type: ignore[attr-defined]
        self.fields["wilayah"].choices = [EVERY_REGENCY, *places]  # type: ignore[attr-defined]

    def apply(self, aspirations: AspirationQuerySet) -> AspirationQuerySet:
        """Keep what fits every filter that makes sense."""
        self.is_valid()
        for name, column in COLUMNS.items():
            if value := self.cleaned_data.get(name):
                value = self.chapters[value] if name == "bab" else value
                aspirations = aspirations.filter(**{column: value})
        words = self.cleaned_data.get("cari")
        return aspirations.matching(words) if words else aspirations

    def size(self, consultation: Consultation) -> Size | None:
        """How many of the public ones fit, if that is kept: of all, or of one filter alone."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if len(given) > 1 or "cari" in given:
            return None
        facet, decision = "", None
        value: Any = ""
        for name, chosen in given.items():
            if name == "keputusan":
                decision = chosen
            else:
                facet, value = FACETS[name], chosen
        if facet == "chapter":
            value = self.chapters.get(value, "")
        counts = Count.objects.of(consultation.pk, facet, [value]).which("shown")
        if decision:
            return Size(counts.by("disposition").get(decision, 0))
        return Size(counts.total)

    @property
    def is_filtered(self) -> bool:
        """Whether one of the lists (not only the words) is in use."""
        return bool(self.errors) or any(self.cleaned_data.get(name) for name in LISTS)

    @property
    def is_narrowed(self) -> bool:
        """Whether at least one filter is in force."""
        return any(self.cleaned_data.values())
