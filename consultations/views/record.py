"""The record as everyone may check it: what is proven, the roots, and the files for the proof."""

import re

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from accounts.access import public
from consultations import proofs
from consultations.downloads import json_file
from consultations.models import Consultation, PlanEvent, Seal
from consultations.views.publication import public_consultation

VERIFIER = settings.BASE_DIR / "docs" / "verify.py"
PER_PAGE = 30


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is proven and what is not, and the newest root of each consultation."""
    last = Seal.objects.filter(consultation=OuterRef("pk")).order_by("-size").values("pk")[:1]
    public_ones = Consultation.objects.public().select_related("cycle")
    restored = PlanEvent.objects.filter(consultation=OuterRef("pk"), verb=PlanEvent.Verb.RESTORED)
    public_ones = public_ones.annotate(last=Subquery(last), was_restored=Exists(restored))
    consultations = list(public_ones)
    seals = Seal.objects.in_bulk([one.last for one in consultations if one.last])
    newest = [(one, seals.get(one.last)) for one in consultations]
    return TemplateResponse(request, "consultations/record/index.html", {"newest": newest})


@public
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks; it needs Python and nothing of ours."""
    response = HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="verify.py"'
    patch_cache_control(response, public=True, max_age=3600)
    return response


@public
@require_safe
def log(request: HttpRequest, slug: str) -> HttpResponse:
    """The roots of one consultation, day by day."""
    consultation = public_consultation(slug)
    newest, size = Seal.objects.newest(consultation.pk), request.GET.get("dari", "").strip()
    sizes = [int(size)] if re.fullmatch("[0-9]{1,15}", size) else []
    if newest and consultation.seals.filter(size__in=sizes).exists():
        return redirect("record:consistency", slug, *sizes, newest.size)
    days = Seal.objects.last_of_days(consultation.pk)
    page = Paginator(days, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "consultation": consultation,
        "newest": newest,
        "page": page,
        "restored": consultation.events.filter(verb=PlanEvent.Verb.RESTORED),
        "unknown_size": size,
    }
    return TemplateResponse(request, "consultations/record/log.html", context)


@public
@require_safe
def roots(request: HttpRequest, slug: str) -> HttpResponse:
    return _file(proofs.roots(public_consultation(slug)), f"akar-{slug}.json", seconds=5)


@public
@require_safe
def consistency(request: HttpRequest, slug: str, first: int, second: int) -> HttpResponse:
    """The proof that the log of one size grew into that of another."""
    seals = public_consultation(slug).seals.select_related("consultation")
    older = get_object_or_404(seals, size=min(first, second))
    newer = get_object_or_404(seals, size=max(first, second))
    name = f"kesinambungan-{slug}-{older.size}-{newer.size}.json"
    return _file(proofs.consistency(older, newer), name, seconds=24 * 3600)


def _file(content: dict[str, object], name: str, *, seconds: int) -> HttpResponse:
    """JSON that a browser saves, and that every cache may keep for a while."""
    response = json_file(content, name)
    patch_cache_control(response, public=True, max_age=seconds)
    return response
