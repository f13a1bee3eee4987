"""The consultations, and one of them at a glance: text, dates, turnout, papers."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.access import public
from aspirations.models import Count
from aspirations.permissions import can_send
from consultations.editions import Part
from consultations.models import Chapter, ChapterText, Consultation, Region
from consultations.sharing import share, shareable
from consultations.steps import steps
from consultations.views.publication import current_texts, public_consultation
from reports import rows
from reports.models import Report

PER_PAGE = 20


@dataclass(frozen=True)
class ContentsLine:
    """A line of the contents list; `text` is None until the chapter is published."""

    chapter: Chapter
    text: ChapterText | None
    count: int


@public
@shareable("page")
def consultations(request: HttpRequest) -> HttpResponse:
    every = Consultation.objects.public().select_related("cycle")
    page = Paginator(every, PER_PAGE).get_page(request.GET.get("page"))
    share(request, Part.PLAN, dates=page)
    return TemplateResponse(request, "reports/overview/consultations.html", {"page": page})


@public
@shareable()
def consultation(request: HttpRequest, slug: str) -> HttpResponse:
    consultation = public_consultation(slug)
    share(request, Part.PLAN, of=consultation)
    events = list(consultation.events.public())
    context = {
        "consultation": consultation,
        "cycle": consultation.cycle,
        "contents": _contents(consultation),
        "turnout": rows.turnout_of(consultation),
        "regencies_total": Region.objects.regencies().count(),
        "steps": steps(consultation, consultation.forums.all(), events),
        "extensions": [event for event in events if event.verb == "extended"],
        "report": Report.objects.released().of(consultation).first(),
        "can_send": can_send(request.user, consultation),
    }
    return TemplateResponse(request, "reports/overview/consultation.html", context)


def _contents(consultation: Consultation) -> list[ContentsLine]:
    texts = {text.chapter_id: text for text in current_texts(consultation)}
    counts = Count.objects.of(consultation.pk, "chapter").which("shown").by("value")
    return [
        ContentsLine(chapter, texts.get(chapter.pk), counts.get(str(chapter.pk), 0))
        for chapter in consultation.chapters.filter(retired_at=None).order_by("number")
    ]
