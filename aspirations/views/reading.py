"""Reading the plan: consultations and their chapters, for everyone."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from accounts.access import public
from aspirations.models import Aspiration
from aspirations.permissions import can_send
from aspirations.views.publication import current_texts, public_consultation, released_report
from consultations.models import BlockText, Chapter, ChapterText, Consultation, Region
from consultations.steps import steps

PER_PAGE = 20


@dataclass(frozen=True)
class Entry:
    """A line of the contents list; `text` is None until the chapter is published."""

    chapter: Chapter
    text: ChapterText | None
    count: int


@dataclass(frozen=True)
class Piece:
    """A block with the number of public aspirations on it."""

    text: BlockText
    count: int


@public
def consultations(request: HttpRequest) -> HttpResponse:
    every = Consultation.objects.public().select_related("cycle")
    page = Paginator(every, PER_PAGE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "aspirations/reading/consultations.html", {"page": page})


@public
def consultation(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    events = list(consultation.events.public())
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "contents": _contents(consultation),
        "turnout": consultation.aspirations.turnout(),
        "regencies_total": Region.objects.regencies().count(),
        "steps": steps(consultation, consultation.forums.all(), events),
        "extensions": [event for event in events if event.verb == "extended"],
        "report": released_report(consultation),
        "can_send": can_send(request.user, consultation),
    }
    return TemplateResponse(request, "aspirations/reading/consultation.html", context)


@public
def chapter(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    consultation = public_consultation(slug)
    texts = list(current_texts(consultation))
    text = get_object_or_404(current_texts(consultation), chapter__number=number)
    place = texts.index(text)
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "text": text,
        "chapter": text.chapter,
        "texts": texts,
        "pieces": _pieces(text),
        "previous": texts[place - 1] if place else None,
        "next": texts[place + 1] if place + 1 < len(texts) else None,
        "can_send": can_send(request.user, consultation),
    }
    return TemplateResponse(request, "aspirations/reading/chapter.html", context)


def _contents(consultation: Consultation) -> list[Entry]:
    texts = {text.chapter_id: text for text in current_texts(consultation)}
    counts = Aspiration.objects.filter(consultation=consultation).public().count_by("chapter_id")
    return [
        Entry(chapter, texts.get(chapter.pk), counts.get(chapter.pk, 0))
        for chapter in consultation.chapters.filter(retired_at=None).order_by("number")
    ]


def _pieces(text: ChapterText) -> list[Piece]:
    counts = Aspiration.objects.filter(chapter_id=text.chapter_id).public().count_by("block_id")
    return [Piece(block, counts.get(block.block_id, 0)) for block in text.blocks.live()]
