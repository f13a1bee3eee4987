"""Reading what people said and what became of it, for everyone."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import public
from aspirations import figures, reference
from aspirations.forms.listing import FilterForm
from aspirations.models import Aspiration, Disposition, Event, Moderation
from aspirations.models.aspiration import AspirationQuerySet
from aspirations.permissions import can_send
from aspirations.views.publication import current_texts, public_consultation, released_report
from consultations.models import BlockText, Consultation, Region

PER_PAGE = 20
CHANGES_PER_PAGE = 10
PUBLIC_VERBS = (
    Event.Verb.SUBMITTED,
    Event.Verb.REVIEW_STARTED,
    Event.Verb.PUBLISHED,
    Event.Verb.RESPONDED,
)
TAKEN_UP = (Disposition.ACCOMMODATED, Disposition.PARTIALLY_ACCOMMODATED)


@public
def aspirations(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    texts = list(current_texts(consultation))
    filters = FilterForm(request.GET, texts=texts, regencies=Region.objects.regencies())
    found = filters.apply(_public(consultation)).with_lists().with_current_response()
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "filters": filters,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "about": _current_block(consultation, filters.cleaned_data.get("blok")),
        "can_send": can_send(request.user, consultation),
    }
    return TemplateResponse(request, "aspirations/listing/aspirations.html", context)


@public
def aspiration(request: HttpRequest, code: str) -> HttpResponse:
    found = Aspiration.objects.public().with_lists().with_current_response()
    found = found.select_related("affair_field", "priority", "block", "chapter_text__draft")
    aspiration = get_object_or_404(found, code=reference.tidy_code(code))
    context = {
        "aspiration": aspiration,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "response": aspiration.response,
        "events": aspiration.events.filter(verb__in=PUBLIC_VERBS),
        "joined": aspiration.merged.filter(moderation=Moderation.MERGED).count(),
    }
    return TemplateResponse(request, "aspirations/listing/aspiration.html", context)


@public
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    shown = _public(consultation)
    changed = shown.changing_text().with_lists().with_current_response()
    changed = changed.order_by("chapter__number", "submitted_at")
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "fate": _fate(consultation),
        "report": released_report(consultation),
        "page": Paginator(changed, CHANGES_PER_PAGE).get_page(request.GET.get("page")),
        **_decisions(shown, _narrowed(consultation, "keputusan")),
        **_regions(shown, _narrowed(consultation, "wilayah")),
    }
    return TemplateResponse(request, "aspirations/listing/outcome.html", context)


def _public(consultation: Consultation) -> AspirationQuerySet:
    return Aspiration.objects.filter(consultation=consultation).public()


def _current_block(consultation: Consultation, block_id: Any) -> BlockText | None:
    """What the plan says now in the block that the list is narrowed to."""
    if not block_id:
        return None
    blocks = BlockText.objects.filter(text__in=current_texts(consultation), block_id=block_id)
    return blocks.live().select_related("block", "text__chapter").first()


def _narrowed(consultation: Consultation, name: str) -> Callable[[str], str]:
    """A maker of addresses: the public list with one filter set."""
    base = reverse("listing:aspirations", args=[consultation.slug])
    return lambda value: f"{base}?{urlencode({name: value})}"


def _fate(consultation: Consultation) -> dict[str, int]:
    """How many came in and where they are: shown, joined, in work, kept back, not shown."""
    rows = Aspiration.objects.filter(consultation=consultation)
    counts = rows.exclude(moderation=Moderation.WITHDRAWN).count_by("moderation")
    shown = rows.public().count()
    return {
        "received": sum(counts.values()),
        "shown": shown,
        "kept_private": counts.get(Moderation.PUBLISHED, 0) - shown,
        "joined": counts.get(Moderation.MERGED, 0),
        "in_work": sum(
            counts.get(state, 0)
            for state in (Moderation.SUBMITTED, Moderation.IN_REVIEW, Moderation.RETURNED)
        ),
        "not_shown": counts.get(Moderation.NOT_PUBLISHED, 0),
    }


def _decisions(shown: AspirationQuerySet, url: Callable[[str], str]) -> dict[str, Any]:
    counts = shown.count_by("disposition")
    return {
        "decisions": figures.bars(Disposition.choices, counts, url),
        "answered": sum(counts.values()) - counts.get(Disposition.PENDING, 0),
        "taken_up": sum(counts.get(disposition, 0) for disposition in TAKEN_UP),
    }


def _regions(shown: AspirationQuerySet, url: Callable[[str], str]) -> dict[str, Any]:
    counts = shown.count_by("regency_id")
    names = [(region.code, region.name) for region in Region.objects.regencies()]
    return {
        "tiles": figures.tiles(names, counts, url),
        "regions": _from_most(names, counts, url),
        "regions_present": sum(1 for code, _name in names if counts.get(code)),
        "regions_total": len(names),
    }


def _from_most(
    names: Iterable[tuple[str, str]], counts: dict[str, int], url: Callable[[str], str]
) -> list[dict[str, Any]]:
    rows = [{"name": name, "count": counts.get(code, 0), "url": url(code)} for code, name in names]
    return sorted(rows, key=lambda row: (-row["count"], row["name"]))
