"""What became of what people said: where everything is, the decisions, the changed sentences."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import public
from aspirations.keyset import AFTER, BEFORE, page_of
from aspirations.models import TAKEN_UP, Aspiration, Count, Disposition, Moderation
from consultations.editions import Part
from consultations.models import Consultation, Region
from consultations.sharing import share, shareable
from consultations.views.publication import public_consultation
from reports import figures
from reports.models import Report

CHANGES_PER_PAGE = 10


@public
@shareable(AFTER, BEFORE)
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    share(request, Part.PLAN, Part.VOICES, of=consultation)
    shown = Aspiration.objects.filter(consultation=consultation).public()
    changed = shown.changing_text().with_lists().with_current_response()
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "fate": _fate(consultation),
        "report": Report.objects.released().of(consultation).first(),
        "page": page_of(changed, request.GET, CHANGES_PER_PAGE),
        "changed": Count.objects.of(consultation.pk, "change").which("shown").total,
        **_decisions(consultation),
        **_regions(consultation),
    }
    return TemplateResponse(request, "reports/results/outcome.html", context)


def _narrowed(consultation: Consultation, name: str) -> Callable[[str], str]:
    """A maker of addresses: the public list with one filter set."""
    base = reverse("listing:aspirations", args=[consultation.slug])
    return lambda value: f"{base}?{urlencode({name: value})}"


def _fate(consultation: Consultation) -> dict[str, int]:
    """How many came in and where they are: shown, merged, in work, kept back, not shown."""
    kept = Count.objects.of(consultation.pk).which("is_in")
    counts, shown = kept.by("moderation"), kept.which("shown").total
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


def _decisions(consultation: Consultation) -> dict[str, Any]:
    counts = Count.objects.of(consultation.pk).which("shown").by("disposition")
    url = _narrowed(consultation, "keputusan")
    return {
        "decisions": figures.bars(Disposition.choices, counts, url),
        "answered": sum(counts.values()) - counts.get(Disposition.PENDING, 0),
        "taken_up": sum(counts.get(disposition, 0) for disposition in TAKEN_UP),
    }


def _regions(consultation: Consultation) -> dict[str, Any]:
    counts = Count.objects.of(consultation.pk, "regency").which("shown").by("value")
    url = _narrowed(consultation, "wilayah")
    names = [(region.code, region.name) for region in Region.objects.regencies()]
    return {
        "tiles": figures.tiles(names, counts, url),
        "regions": figures.ranked(names, counts, url),
        "regions_present": sum(1 for code, _name in names if counts.get(code)),
        "regions_total": len(names),
    }
