"""What became of what people said: where everything is, the decisions, the changed sentences."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import public
from aspirations.models import TAKEN_UP, Aspiration, Disposition, Moderation
from aspirations.models.aspiration import AspirationQuerySet
from consultations.editions import Part
from consultations.models import Consultation, Region
from consultations.sharing import share, shareable
from consultations.views.publication import public_consultation
from reports import figures
from reports.models import Report

CHANGES_PER_PAGE = 10


@public
@shareable("page")
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    share(request, Part.PLAN, Part.VOICES, of=consultation)
    shown = Aspiration.objects.filter(consultation=consultation).public()
    changed = shown.changing_text().with_lists().with_current_response()
    changed = changed.order_by("chapter__number", "submitted_at")
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "fate": _fate(consultation),
        "report": Report.objects.released().of(consultation).first(),
        "page": Paginator(changed, CHANGES_PER_PAGE).get_page(request.GET.get("page")),
        **_decisions(shown, _narrowed(consultation, "keputusan")),
        **_regions(shown, _narrowed(consultation, "wilayah")),
    }
    return TemplateResponse(request, "reports/results/outcome.html", context)


def _narrowed(consultation: Consultation, name: str) -> Callable[[str], str]:
    """A maker of addresses: the public list with one filter set."""
    base = reverse("listing:aspirations", args=[consultation.slug])
    return lambda value: f"{base}?{urlencode({name: value})}"


def _fate(consultation: Consultation) -> dict[str, int]:
    """How many came in and where they are: shown, merged, in work, kept back, not shown."""
    rows = Aspiration.objects.filter(consultation=consultation)
    counts = rows.exclude(moderation=Moderation.WITHDRAWN).count_by("moderation")
    shown = rows.public().count()
    return {
        "received": sum(counts.values()),
        "shown": shown,
        "kept_private": counts.get(Moderation.ACCEPTED, 0) - shown,
        "merged": counts.get(Moderation.MERGED, 0),
        "in_work": sum(
            counts.get(state, 0)
            for state in (Moderation.SUBMITTED, Moderation.IN_REVIEW, Moderation.RETURNED)
        ),
        "not_shown": counts.get(Moderation.REFUSED, 0),
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
        "regions": figures.ranked(names, counts, url),
        "regions_present": sum(1 for code, _name in names if counts.get(code)),
        "regions_total": len(names),
    }
