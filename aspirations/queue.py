"""The planners' queue: saved views, filters kept in the address, and the neighbours in it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import Count, F, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from aspirations import search
from aspirations.models import Aspiration, Channel, Disposition, Kind, Moderation, StakeholderGroup
from aspirations.models.aspiration import AspirationQuerySet
from aspirations.models.tag import Tag
from consultations.models import AffairField, Chapter, Consultation, Region

ACCEPTED = Q(moderation=Moderation.ACCEPTED)
PENDING = Q(disposition=Disposition.PENDING)
# How each filter narrows the list. Search and "agencies only" are handled by themselves.
LOOKUPS = {
    "konsultasi": "consultation",
    "bab": "chapter__number",
    "wilayah": "regency",
    "unsur": "stakeholder_group",
    "jenis": "kind",
    "urusan": "affair_field",
    "penanda": "tags",
    "saluran": "channel",
}
CHOICES = {"unsur": StakeholderGroup, "jenis": Kind, "saluran": Channel}
SIMILAR_SHOWN = 5
# ts_rank gives about 0.01 for each of six words that is found once.
ALIKE_FROM = 0.028


class SavedView(NamedTuple):
    """A saved view: what must be done is listed oldest first, what is done newest first."""

    key: str
    label: Any
    shortcut: str
    condition: Q
    oldest_first: bool = False
    is_mixed: bool = False  # rows differ in state, so the list shows it


class Chip(NamedTuple):
    """An active filter: what it says, and the query string without it."""

    label: Any
    value: Any
    query: str


class ViewLink(NamedTuple):
    """A view as the side list shows it."""

    view: SavedView
    size: int
    query: str
    is_current: bool


def views_for(user: User) -> tuple[SavedView, ...]:
    """The saved views in the order of an aspiration's life."""
    return (
        SavedView(
            "new", pgettext_lazy("queue", "New"), "n", Q(moderation=Moderation.SUBMITTED), True
        ),
        SavedView(
            "in_review",
            pgettext_lazy("queue", "In review"),
            "r",
            Q(moderation=Moderation.IN_REVIEW),
            True,
        ),
        SavedView("unanswered", pgettext_lazy("queue", "To answer"), "a", ACCEPTED & PENDING, True),
        SavedView(
            "returned", pgettext_lazy("queue", "Returned"), "b", Q(moderation=Moderation.RETURNED)
        ),
        SavedView(
            "answered", pgettext_lazy("queue", "Answered"), "s", ACCEPTED & ~PENDING, is_mixed=True
        ),
        SavedView(
            "refused",
            pgettext_lazy("queue", "Not accepted"),
            "x",
            Q(moderation=Moderation.REFUSED),
        ),
        SavedView("merged", pgettext_lazy("queue", "Joined"), "u", Q(moderation=Moderation.MERGED)),
        SavedView("all", pgettext_lazy("queue", "All"), "l", Q(), is_mixed=True),
        SavedView("mine", pgettext_lazy("queue", "Mine"), "m", Q(assignee=user), is_mixed=True),
    )


class QueueFilterForm(forms.Form):
    """The filters above the list, named as in the address. A wrong value narrows nothing."""

    cari = forms.CharField(
        label=_("Search words, names, places or a code"), required=False, max_length=200
    )
    konsultasi = forms.ModelChoiceField(
        Consultation.objects.select_related("cycle"),
        label=_("Consultation"),
        required=False,
        to_field_name="slug",
        empty_label=_("All consultations"),
    )
    bab = forms.TypedChoiceField(label=_("Chapter"), required=False, coerce=int)
    wilayah = forms.ModelChoiceField(
        Region.objects.regencies(),
        label=_("Regency or city"),
        required=False,
        empty_label=_("All regencies"),
    )
    unsur = forms.ChoiceField(
        label=_("Stakeholder group"),
        required=False,
        choices=[("", _("All groups")), *StakeholderGroup.choices],
    )
    jenis = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *Kind.choices]
    )
    urusan = forms.ModelChoiceField(
        AffairField.objects.all(),
        label=_("Affair field"),
        required=False,
        empty_label=_("All fields"),
    )
    penanda = forms.ModelChoiceField(
        Tag.objects.none(),
        label=_("Tag"),
        required=False,
        to_field_name="slug",
        empty_label=_("All tags"),
    )
    saluran = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices]
    )
    instansi = forms.BooleanField(label=_("Agencies only"), required=False)

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data, auto_id="filter-%s")
        newest = Chapter.objects.order_by("number", "-consultation__opens_at").distinct("number")
        chapters = [(chapter.number, str(chapter)) for chapter in newest]
        tags = Tag.objects.offered(also=[data.get("penanda", "")])
        self.fields["penanda"].queryset = tags  # type: ignore[attr-defined]
        self.fields["bab"].choices = [("", _("All chapters")), *chapters]  # type: ignore[attr-defined]

    def words_for(self, name: str, value: Any) -> Any:
        """The filter's value as a person reads it."""
        if name == "bab":
            return Chapter(number=value).label
        return CHOICES[name](value).label if name in CHOICES else value


class Queue:
    """What one planner is working through: a saved view, narrowed by filters."""

    def __init__(self, params: QueryDict, user: User) -> None:
        clean = {name: str(value).replace("\x00", "") for name, value in params.items()}
        self.form = QueueFilterForm(clean)
        self.form.is_valid()
        self.filters = {name: value for name, value in self.form.cleaned_data.items() if value}
        self.raw = {name: clean[name] for name in self.filters}
        self.views = views_for(user)
        self.view = next((v for v in self.views if v.key == clean.get("tampilan")), self.views[0])

    @property
    def query(self) -> str:
        """The query string of this view with its filters, without the page."""
        return self._query(self.raw, self.view)

    def _query(self, raw: dict[str, str], view: SavedView) -> str:
        params = QueryDict(mutable=True)
        params.update({"tampilan": view.key, **raw})
        return params.urlencode()

    def filtered(self) -> AspirationQuerySet:
        """Everything that passes the filters, whatever its state."""
        found = Aspiration.objects.all()
        for name, lookup in LOOKUPS.items():
            if name in self.filters:
                found = found.filter(**{lookup: self.filters[name]})
        if "instansi" in self.filters:
            found = found.filter(agency__isnull=False)
        if "cari" in self.filters:
            found = found.matching(self.filters["cari"], with_names=True)
        return found

    def aspirations(self) -> AspirationQuerySet:
        """The rows of this view, in its order."""
        order = ("submitted_at", "pk") if self.view.oldest_first else ("-submitted_at", "-pk")
        return self.filtered().filter(self.view.condition).order_by(*order)

    @cached_property
    def links(self) -> list[ViewLink]:
        """The views with their sizes, all counted in one query."""
        counts = self.filtered().aggregate(
            **{
                view.key: Count("pk", filter=view.condition)
                for view in self.views
                if view.condition
            },
            all=Count("pk"),
        )
        return [
            ViewLink(view, counts[view.key], self._query(self.raw, view), view.key == self.view.key)
            for view in self.views
        ]

    @property
    def size(self) -> int:
        """How many are in this view now."""
        return next(link.size for link in self.links if link.is_current)

    def chips(self) -> Iterator[Chip]:
        """The active filters, each with the way to drop it."""
        for name, value in self.filters.items():
            rest = {other: raw for other, raw in self.raw.items() if other != name}
            label = _("Words") if name == "cari" else self.form.fields[name].label
            words = "" if name == "instansi" else self.form.words_for(name, value)
            yield Chip(label, words, self._query(rest, self.view))

    def neighbours(self, aspiration: Aspiration) -> tuple[str | None, str | None]:
        """The codes before and after this aspiration, whether or not it is still in the view."""
        at, pk = aspiration.submitted_at, aspiration.pk
        earlier = Q(submitted_at__lt=at) | Q(submitted_at=at, pk__lt=pk)
        later = Q(submitted_at__gt=at) | Q(submitted_at=at, pk__gt=pk)
        before, after = (earlier, later) if self.view.oldest_first else (later, earlier)
        codes = self.aspirations().values_list("code", flat=True)
        return codes.reverse().filter(before).first(), codes.filter(after).first()


def similar_to(aspiration: Aspiration) -> AspirationQuerySet:
    """A few others of the same consultation: on the same block, or near and in like words."""
    same_block = Q(block=aspiration.block_id) if aspiration.block_id else Q(pk=None)
    near = Q(regency=aspiration.regency_id) | Q(chapter=aspiration.chapter_id)
    gone = [Moderation.WITHDRAWN, Moderation.MERGED]
    others = aspiration.consultation.aspirations.exclude(pk=aspiration.pk)
    others = others.exclude(moderation__in=gone).select_related("regency")
    query = search.query_for_any(aspiration.body)
    if query is None:
        return others.filter(same_block)[:SIMILAR_SHOWN]
    found = others.filter(same_block | near & Q(search_vector=query))
    rank = SearchRank(F("search_vector"), query)  # its name alone would be read as text again
    found = found.filter(same_block | Q(GreaterThanOrEqual(rank, ALIKE_FROM)))
    return found.order_by(rank.desc(), "pk")[:SIMILAR_SHOWN]
