"""Reading one chapter of the plan, with what people said beside each block, for everyone."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from accounts.access import public
from aspirations.models import Count
from aspirations.permissions import can_send
from consultations.editions import Part
from consultations.models import BlockText, ChapterText, Consultation
from consultations.sharing import share, shareable
from consultations.views.publication import current_texts, public_consultation


@dataclass(frozen=True)
class ShownBlock:
    """A block with the number of public aspirations on it."""

    block: BlockText
    count: int


@public
@shareable()
def chapter(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    consultation = public_consultation(slug)
    share(request, Part.PLAN, of=consultation)
    texts = list(current_texts(consultation))
    text = get_object_or_404(current_texts(consultation), chapter__number=number)
    place = texts.index(text)
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "text": text,
        "chapter": text.chapter,
        "texts": texts,
        "blocks": _blocks(consultation, text),
        "previous": texts[place - 1] if place else None,
        "next": texts[place + 1] if place + 1 < len(texts) else None,
        "can_send": can_send(request.user, consultation),
    }
    return TemplateResponse(request, "aspirations/reading/chapter.html", context)


def _blocks(consultation: Consultation, text: ChapterText) -> list[ShownBlock]:
    blocks = text.blocks.live()
    keys = [block.block_id for block in blocks]
    counts = Count.objects.of(consultation.pk, "block", keys).which("shown").by("value")
    return [ShownBlock(block, counts.get(str(block.block_id), 0)) for block in blocks]
