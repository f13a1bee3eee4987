"""Reading what people said, each with its answer, for everyone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from accounts.access import public
from aspirations import reference
from aspirations.description import described
from aspirations.forms.listing import ListFilterForm
from aspirations.keyset import AFTER, BEFORE, page_of, size_of
from aspirations.models import Aspiration, Event, Moderation
from consultations.editions import Part
from consultations.models import BlockText, Consultation, Region
from consultations.sharing import share, shareable
from consultations.views.publication import current_texts, public_consultation

PER_PAGE = 20


@public
@shareable(AFTER, BEFORE, *ListFilterForm.base_fields)
def aspirations(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    share(request, Part.PLAN, Part.VOICES, of=consultation)
    texts = list(current_texts(consultation))
    filters = ListFilterForm(request.GET, texts=texts, regencies=Region.objects.regencies())
    found = filters.apply(Aspiration.objects.filter(consultation=consultation).public())
    shown = found.with_lists().with_current_response()
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "filters": filters,
        "page": page_of(shown, request.GET, PER_PAGE),
        "size": filters.size(consultation) or found.counted or size_of(found),
        "about": _current_block(consultation, filters.cleaned_data.get("blok")),
    }
    return TemplateResponse(request, "aspirations/listing/aspirations.html", context)


@public
@shareable()
def aspiration(request: HttpRequest, code: str) -> HttpResponse:
    found = Aspiration.objects.public().with_lists().with_current_response()
    found = found.select_related("consultation__cycle", "affair_field", "priority", "block")
    aspiration = found.filter(code=reference.tidy_code(code)).first()
    if aspiration is None:
        return redirect(_joined_to(code))
    share(request, Part.PLAN, Part.VOICES, of=aspiration.consultation)
    context = {
        "aspiration": aspiration,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "response": aspiration.response,
        "history": described(aspiration.events.shown_to_everyone(), "everyone"),
        "merged_count": aspiration.merged.filter(moderation=Moderation.MERGED).count(),
    }
    return TemplateResponse(request, "aspirations/listing/aspiration.html", context)


def _joined_to(code: str) -> Aspiration:
    """The public one to which a once public one was joined: links to it go on. Raises Http404."""
    joined = Aspiration.objects.filter(consent_publish=True, moderation=Moderation.MERGED)
    found = joined.filter(code=reference.tidy_code(code), events__verb=Event.Verb.ACCEPTED)
    return get_object_or_404(Aspiration.objects.public(), merged__in=found)


def _current_block(consultation: Consultation, block_id: Any) -> BlockText | None:
    """What the plan says now in the block that the list is narrowed to."""
    if not block_id:
        return None
    blocks = BlockText.objects.filter(
        chapter_text__in=current_texts(consultation), block_id=block_id
    )
    return blocks.live().select_related("block", "chapter_text__chapter").first()
