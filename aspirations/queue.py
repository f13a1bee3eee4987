"""The planners' queue: saved views, filters kept in the address, and the neighbours in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import F, Model, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from aspirations import search
from aspirations.keyset import (
    MOST_COUNTED,
    Page,
    Size,
    in_order,
    keys_of,
    neighbours,
    page_of,
    size_of,
)
from aspirations.models import (
    Aspiration,
    Channel,
    Count,
    Disposition,
    Kind,
    Moderation,
    StakeholderGroup,
)
from aspirations.models.aspiration import AspirationQuerySet
from aspirations.models.count import Counted
from aspirations.models.tag import Tag
from consultations.models import AffairField, Chapter, Consultation, Region

PENDING = Q(disposition=Disposition.PENDING)
# How each filter narrows the list. Search and "agencies only" are handled by themselves.
LOOKUPS = {
    "konsultasi": "consultation",
    "wilayah": "regency",
    "unsur": "stakeholder_group",
    "jenis": "kind",
    "urusan": "affair_field",
    "penanda": "tags",
    "saluran": "channel",
}
# Under what the counts of each are kept.
FACETS = {
    "bab": "chapter",
    "wilayah": "regency",
    "unsur": "group",
    "jenis": "kind",
    "urusan": "field",
    "saluran": "channel",
    "instansi": "agency",
}
CHOICES = {"unsur": StakeholderGroup, "jenis": Kind, "saluran": Channel}
SIMILAR_SHOWN = 5
CANDIDATES = 500
# ts_rank gives about 0.01 for each of six words that is found once.
ALIKE_FROM = 0.028


@dataclass(frozen=True)
class SavedView:
    """A saved view: what must be done is listed oldest first, what is done newest first."""

    key: str
    label: Any
    shortcut: str
    moderation: str = ""
    is_answered: bool | None = None
    assignee: User | None = None
    oldest_first: bool = False
    is_mixed: bool = False  # rows differ in state, so the list shows it

    @property
    def condition(self) -> Q:
        condition = Q(moderation=self.moderation) if self.moderation else Q()
        if self.is_answered is not None:
            condition &= ~PENDING if self.is_answered else PENDING
        return condition & Q(assignee=self.assignee) if self.assignee else condition

    def holds(self, one: Counted | Aspiration) -> bool:
        """Twin of `condition`, but for whose it is."""
        answered = one.disposition != Disposition.PENDING
        return self.moderation in ("", one.moderation) and self.is_answered in (None, answered)


class Chip(NamedTuple):
    """An active filter: what it says, and the query string without it."""

    label: Any
    value: Any
    query: str


class ViewLink(NamedTuple):
    """A view as the side list shows it."""

    view: SavedView
    size: Size | None  # None: not counted
    query: str
    is_current: bool


def views_for(user: User) -> tuple[SavedView, ...]:
    """The saved views in the order of an aspiration's life."""
    new, review, accepted = Moderation.SUBMITTED, Moderation.IN_REVIEW, Moderation.ACCEPTED
    returned, refused, merged = Moderation.RETURNED, Moderation.REFUSED, Moderation.MERGED
    return (
        SavedView("new", pgettext_lazy("queue", "New"), "n", new, oldest_first=True),
        SavedView("in_review", pgettext_lazy("queue", "In review"), "r", review, oldest_first=True),
        SavedView(
            "unanswered",
            pgettext_lazy("queue", "To answer"),
            "a",
            accepted,
            is_answered=False,
            oldest_first=True,
        ),
        SavedView("returned", pgettext_lazy("queue", "Returned"), "b", returned),
        SavedView(
            "answered",
            pgettext_lazy("queue", "Answered"),
            "s",
            accepted,
            is_answered=True,
            is_mixed=True,
        ),
        SavedView("refused", pgettext_lazy("queue", "Not accepted"), "x", refused),
        SavedView("merged", pgettext_lazy("queue", "Joined"), "u", merged),
        SavedView("all", pgettext_lazy("queue", "All"), "l", is_mixed=True),
        SavedView("mine", pgettext_lazy("queue", "Mine"), "m", assignee=user, is_mixed=True),
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
        self.params = clean
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

    @cached_property
    def filtered(self) -> AspirationQuerySet:
        """Everything that passes the filters, whatever its state."""
        found = Aspiration.objects.all()
        for name, lookup in LOOKUPS.items():
            if name in self.filters:
                found = found.filter(**{lookup: self.filters[name]})
        if "bab" in self.filters:
            found = found.filter(chapter__in=self._values("bab", self.filters.get("konsultasi")))
        if "instansi" in self.filters:
            found = found.filter(agency__isnull=False)
        if "cari" in self.filters:
            found = found.matching(self.filters["cari"], with_names=True)
        return found

    def page(self, size: int) -> Page:
        """The rows of this view that the address asks for, in its order."""
        rows = self._rows(self.view).with_lists()
        return page_of(rows, self.params, size, oldest_first=self.view.oldest_first)

    @cached_property
    def links(self) -> list[ViewLink]:
        """The views with their sizes."""
        sizes = self._kept_sizes() or self._counted_sizes()
        return [
            ViewLink(
                view, sizes.get(view.key), self._query(self.raw, view), view.key == self.view.key
            )
            for view in self.views
        ]

    def _kept_sizes(self) -> dict[str, Size]:
        """By view, if a consultation and one more filter at most are set."""
        rest = set(self.filters) - {"konsultasi"}
        if len(rest) > 1 or rest - set(FACETS):
            return {}
        home, values, facet = self.filters.get("konsultasi"), None, ""
        for name in rest:
            facet, values = FACETS[name], self._values(name, home)
        counts = Count.objects.of(home.pk if home else None, facet, values)
        sizes = {
            view.key: Size(sum(one.n for one in counts if view.holds(one)))
            for view in self.views
            if not view.assignee
        }
        mine = {view.key: self._counted(view) for view in self.views if view.assignee}
        return sizes | {key: size for key, size in mine.items() if size}

    def _counted(self, view: SavedView) -> Size | None:
        """Of what somebody looks after; beside another view only if that is little, for then the
        filters are held against it alone."""
        if view.key == self.view.key or not self.filters:
            return size_of(self._rows(view))
        keys = keys_of(Aspiration.objects.filter(view.condition))
        few = self._rows(view).filter(pk__in=keys)
        return size_of(few) if len(keys) <= MOST_COUNTED else None

    def _values(self, name: str, home: Consultation | None) -> list[Any]:
        """Under which the counts of a filter are kept."""
        value = self.filters[name]
        if name == "bab":
            chapters = Chapter.objects.filter(number=value)
            mine = chapters.filter(consultation=home) if home else chapters
            return list(mine.values_list("pk", flat=True))
        if name == "instansi":
            return ["yes"]
        return [value.pk if isinstance(value, Model) else value]

    def _counted_sizes(self) -> dict[str, Size]:
        """Of all views, if a thousand rows at most pass the filters; else of this one alone."""
        found = self._standing()
        if found is None:
            return {self.view.key: size_of(self._rows(self.view))}
        return {
            view.key: Size(
                sum(
                    view.holds(one) and (not view.assignee or view.assignee.pk == one.assignee_id)
                    for one in found
                )
            )
            for view in self.views
        }

    def _standing(self) -> list[Aspiration] | None:
        """Where each stands that passes the filters; None of more than a thousand."""
        if (size := self.filtered.counted) and not size.is_all:
            return None
        standing = self.filtered.order_by().only("moderation", "disposition", "assignee_id")
        found = list(standing[: MOST_COUNTED + 1])
        return found if len(found) <= MOST_COUNTED else None

    def _rows(self, view: SavedView) -> AspirationQuerySet:
        return self.filtered.filter(view.condition)

    @property
    def size(self) -> Size | None:
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
        view = self.view
        return neighbours(self._rows(view), aspiration, oldest_first=view.oldest_first)


def similar_to(aspiration: Aspiration) -> AspirationQuerySet:
    """A few others of the same consultation: on the same block, or near and in like words.

    Chosen among a bounded number: the newest of the block, of the regency and of the chapter, and
    those near that share the longest words.
    """
    gone = [Moderation.WITHDRAWN, Moderation.MERGED]
    others = aspiration.consultation.aspirations.exclude(pk=aspiration.pk)
    others = others.exclude(moderation__in=gone)
    chapter, regency = Q(chapter=aspiration.chapter_id), Q(regency=aspiration.regency_id)
    block = Q(block=aspiration.block_id) if aspiration.block_id else Q(pk=None)
    same_block = _newest(others.filter(block))
    query, strict = search.query_for_any(aspiration.body), search.query_for_most(aspiration.body)
    if query is None:
        return others.filter(pk__in=same_block[:SIMILAR_SHOWN]).select_related("regency")
    near = [*_newest(others.filter(chapter)), *_newest(others.filter(regency))]
    near += keys_of(others.filter(chapter | regency, search_vector=strict))
    rank = SearchRank(F("search_vector"), query)  # its name alone would be read as text again
    alike = Q(pk__in=near, search_vector=query) & Q(GreaterThanOrEqual(rank, ALIKE_FROM))
    found = others.filter(Q(pk__in=same_block) | alike).select_related("regency")
    return found.filter(pk__in=[*same_block, *near]).order_by(rank.desc(), "pk")[:SIMILAR_SHOWN]


def _newest(rows: AspirationQuerySet) -> list[int]:
    return list(in_order(rows).values_list("pk", flat=True)[:CANDIDATES])
