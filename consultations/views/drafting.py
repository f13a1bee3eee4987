"""Writing and publishing the plan: cycles, consultations, chapters, blocks."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import retarget, trigger_client_event

from accounts.access import DeskRequest, requires
from accounts.errors import DomainError
from consultations.forms import ConsultationForm, CycleForm, ExtendForm, RenameForm, TextForm
from consultations.models import BlockText, ChapterText, Consultation, Draft, PlanCycle
from consultations.models.block import outline_of
from consultations.permissions import can_publish_text, can_write_text

CYCLES_PER_PAGE = 10
REMOVED_SHOWN = 50
EVENTS_SHOWN = 30


# Plan years and consultations ---------------------------------------------------------------


@requires(can_write_text)
def cycles(request: DeskRequest) -> HttpResponse:
    consultations = Consultation.objects.annotate(
        chapter_count=Count("chapters", distinct=True),
        published_count=Count(
            "chapters", filter=Q(chapters__texts__published_at__isnull=False), distinct=True
        ),
    )
    years = PlanCycle.objects.prefetch_related(Prefetch("consultations", consultations))
    page = Paginator(years, CYCLES_PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "cycles", {"page": page})


@requires(can_publish_text)
def cycle_new(request: DeskRequest) -> HttpResponse:
    form = CycleForm(request.POST or None)
    if form.is_valid():
        try:
            made = form.save_by(request.user)
            created = _("The plan year has been created. Now plan its consultation.")
            messages.success(request, created)
            return redirect("drafting:consultation_new", year=made.year)
        except DomainError as error:
            form.add_error("year", str(error))
    return _page(request, "cycle", {"form": form})


@requires(can_publish_text)
def cycle(request: DeskRequest, year: int) -> HttpResponse:
    plan_cycle = get_object_or_404(PlanCycle, year=year)
    form = CycleForm(request.POST or None, instance=plan_cycle)
    if form.is_valid():
        try:
            form.save_by(request.user)
            messages.success(request, _("The plan year has been saved."))
            return redirect("drafting:cycles")
        except DomainError as error:
            form.add_error("priorities", str(error))
    return _page(request, "cycle", {"form": form, "cycle": plan_cycle})


@requires(can_publish_text)
def consultation_new(request: DeskRequest, year: int) -> HttpResponse:
    plan_cycle = get_object_or_404(PlanCycle, year=year)
    form = ConsultationForm(request.POST or None)
    if form.is_valid():
        try:
            planned = Consultation.objects.plan(
                by=request.user, cycle=plan_cycle, **form.cleaned_data
            )
            messages.success(request, _("The consultation is planned. Its chapters await text."))
            return redirect("drafting:consultation", slug=planned.slug)
        except DomainError as error:
            form.add_error(None, str(error))
    return _page(request, "consultation_new", {"form": form, "cycle": plan_cycle})


@requires(can_write_text)
def consultation(request: DeskRequest, slug: str) -> HttpResponse:
    found = _consultation(slug)
    draft = _draft(found)
    texts = list(_texts(draft))
    context = {
        "consultation": found,
        "cycle": found.cycle,
        "draft": draft,
        "texts": texts,
        "published_count": sum(text.is_published for text in texts),
        "next_step": _next_step(request, found, texts),
        "events": found.events.select_related("by").order_by("-at", "-pk")[:EVENTS_SHOWN],
    }
    return _page(request, "consultation", context)


@requires(can_publish_text)
def extend(request: DeskRequest, slug: str) -> HttpResponse:
    found = _consultation(slug)
    form = ExtendForm(request.POST or None)
    if form.is_valid():
        try:
            found.extend(by=request.user, **form.cleaned_data)
            messages.success(
                request, _("The closing time has been moved and the reason is public.")
            )
            return redirect("drafting:consultation", slug=slug)
        except DomainError as error:
            form.add_error(None, str(error))
    return _page(request, "extend", {"form": form, "consultation": found, "cycle": found.cycle})


@requires(can_publish_text)
def publish_draft(request: DeskRequest, slug: str) -> HttpResponse:
    found = _consultation(slug)
    draft = _draft(found)
    if request.method == "POST":
        try:
            draft.publish(by=request.user)
            messages.success(request, _("All chapters are public now."))
            return redirect("drafting:consultation", slug=slug)
        except DomainError as error:
            messages.error(request, str(error))
    waiting = [text for text in _texts(draft) if not text.is_published]
    context = {
        "consultation": found,
        "cycle": found.cycle,
        "draft": draft,
        "waiting": waiting,
        "empty": [text for text in waiting if not text.live_blocks],
    }
    return _page(request, "publish_draft", context)


# Chapters -----------------------------------------------------------------------------------


@requires(can_write_text)
def chapter(request: DeskRequest, slug: str, number: int) -> HttpResponse:
    text = _text(slug, number)
    removed = _number(request.GET.get("dihapus"))
    name = "_text" if request.htmx else "chapter"
    return _page(request, name, _chapter_context(text, removed=removed))


@requires(can_write_text)
def rename(request: DeskRequest, slug: str, number: int) -> HttpResponse:
    text = _text(slug, number)
    form = RenameForm(request.POST or None, initial={"title": text.chapter.title})
    if form.is_valid():
        try:
            text.rename(form.cleaned_data["title"], by=request.user)
            return redirect(_address(text))
        except DomainError as error:
            form.add_error(None, str(error))
    return _page(request, "rename", _about(text) | {"form": form})


@requires(can_write_text)
def preview(request: DeskRequest, slug: str, number: int) -> HttpResponse:
    text = _text(slug, number)
    blocks = list(text.blocks.live())
    shown = [{"block": block} for block in blocks]  # as the public chapter's fragment wants them
    context = _about(text) | {"blocks": shown, "outline": outline_of(blocks)}
    return _page(request, "preview", context)


@requires(can_publish_text)
def publish_chapter(request: DeskRequest, slug: str, number: int) -> HttpResponse:
    text = _text(slug, number)
    if request.method == "POST":
        try:
            text.publish(by=request.user)
            messages.success(request, _("%(chapter)s is public now.") % {"chapter": text.chapter})
            return redirect("drafting:consultation", slug=slug)
        except DomainError as error:
            messages.error(request, str(error))
    others = text.draft.texts.exclude(pk=text.pk)
    context = _about(text) | {
        "block_count": text.blocks.live().count(),
        "completes_draft": not others.filter(published_at=None).exists(),
    }
    return _page(request, "publish_chapter", context)


# Blocks -------------------------------------------------------------------------------------


@requires(can_write_text)
def block_new(request: DeskRequest, slug: str, number: int) -> HttpResponse:
    text = _text(slug, number)
    place = _place(text, request.GET.get("setelah"))
    form = TextForm(request.POST or None)
    if form.is_valid():
        try:
            added = text.add_blocks(form.cleaned_data["html"], by=request.user, **place)
            counted = ngettext("%(count)d block added.", "%(count)d blocks added.", len(added))
            messages.success(request, counted % {"count": len(added)})
            return _text_page(request, text, at=added[0])
        except DomainError as error:
            form.add_error(None, str(error))
    return _form_page(request, "block_new", _about(text) | {"form": form} | place)


@requires(can_write_text)
def block(request: DeskRequest, pk: int) -> HttpResponse:
    found = _block(pk)
    initial = {"html": found.html, "revision": found.revision}
    form = TextForm(request.POST or None, initial=initial)
    conflict = False
    if form.is_valid():
        revision = form.cleaned_data["revision"] or 0
        try:
            found.rewrite(form.cleaned_data["html"], revision=revision, by=request.user)
            return _text_page(request, found.chapter_text, at=found)
        except DomainError as error:
            found = _block(pk)
            conflict = found.revision != revision and not found.chapter_text.is_published
            form = form.again(revision=found.revision, complaint=str(error))
    context = _about(found.chapter_text) | {"form": form, "edited": found, "conflict": conflict}
    return _form_page(request, "block", context)


@require_POST
@requires(can_write_text)
def block_move(request: DeskRequest, pk: int) -> HttpResponse:
    found = _block(pk)
    steps = -1 if request.POST.get("ke") == "naik" else 1
    try:
        found.move(steps, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return _text_page(request, found.chapter_text, at=found)


@require_POST
@requires(can_write_text)
def block_remove(request: DeskRequest, pk: int) -> HttpResponse:
    found = _block(pk)
    try:
        found.remove(by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return _text_page(request, found.chapter_text, at=found, removed=found.pk)


@require_POST
@requires(can_write_text)
def block_restore(request: DeskRequest, pk: int) -> HttpResponse:
    found = _block(pk)
    try:
        found.restore(by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return _text_page(request, found.chapter_text, at=found)


# What the views share -----------------------------------------------------------------------


def _consultation(slug: str) -> Consultation:
    return get_object_or_404(Consultation.objects.select_related("cycle"), slug=slug)


def _draft(found: Consultation) -> Draft:
    """The newest version of the text."""
    draft = found.drafts.order_by("-version").first()
    if draft is None:
        raise Http404
    return draft


def _texts(draft: Draft) -> QuerySet[ChapterText]:
    texts = ChapterText.objects.filter(draft=draft).select_related("chapter")
    return texts.with_live_blocks().order_by("chapter__number")


def _text(slug: str, number: int) -> ChapterText:
    """The chapter in the newest version of the text."""
    texts = ChapterText.objects.select_related("chapter", "draft__consultation__cycle")
    chosen = texts.filter(draft__consultation__slug=slug, chapter__number=number)
    text = chosen.order_by("-draft__version").first()
    if text is None:
        raise Http404
    return text


def _block(pk: int) -> BlockText:
    known = BlockText.objects.select_related(
        "block", "chapter_text__chapter", "chapter_text__draft__consultation__cycle"
    )
    return get_object_or_404(known, pk=pk)


def _place(text: ChapterText, after: str | None) -> dict[str, Any]:
    """Where new blocks go: `awal`, after the block with this number, or at the end."""
    if after == "awal":
        return {"first": True}
    number = _number(after)
    return {"after": get_object_or_404(text.blocks, pk=number)} if number else {}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _address(text: ChapterText) -> str:
    slug = text.draft.consultation.slug
    return reverse("drafting:chapter", args=[slug, text.chapter.number])


def _about(text: ChapterText) -> dict[str, Any]:
    found = text.draft.consultation
    return {"text": text, "chapter": text.chapter, "consultation": found, "cycle": found.cycle}


def _chapter_context(text: ChapterText, *, removed: int | None = None) -> dict[str, Any]:
    """The chapter as its writer sees it; a block removed just now keeps its place for undoing."""
    shown = text.blocks.select_related("block").order_by("position")
    blocks = list(shown.filter(Q(retired_at=None) | Q(pk=removed)))
    gone = shown.filter(retired_at__isnull=False).order_by("-retired_at")[:REMOVED_SHOWN]
    live = [block for block in blocks if block.retired_at is None]
    return _about(text) | {
        "blocks": blocks,
        "live_count": len(live),
        "outline": outline_of(live),
        "removed_blocks": gone,
    }


def _next_step(
    request: DeskRequest, found: Consultation, texts: list[ChapterText]
) -> dict[str, str] | None:
    """The one thing to do now: write the first empty chapter, publish, or look at the result."""
    empty = next((text for text in texts if not text.live_blocks), None)
    if empty:
        number = empty.chapter.number
        label = _("Write %(chapter)s") % {"chapter": empty.chapter.label}
        return {"label": label, "url": reverse("drafting:chapter", args=[found.slug, number])}
    if all(text.is_published for text in texts):
        return {"label": _("See the public page"), "url": found.get_absolute_url()}
    if can_publish_text(request.user):
        url = reverse("drafting:publish_draft", args=[found.slug])
        return {"label": _("Publish the whole draft"), "url": url}
    return None


def _page(request: DeskRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    context["may_publish"] = can_publish_text(request.user)
    return TemplateResponse(request, f"consultations/drafting/{name}.html", context)


def _form_page(request: DeskRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    """The text form: in its place on the chapter's page when HTMX asks, else on its own page."""
    return _page(request, "_text_form" if request.htmx else name, context)


def _text_page(
    request: DeskRequest, text: ChapterText, *, at: BlockText, removed: int | None = None
) -> HttpResponse:
    """The chapter's text after a change."""
    if request.htmx:
        page = _page(request, "_text", _chapter_context(text, removed=removed))
        trigger_client_event(page, "text-changed", {"anchor": at.anchor}, after="settle")
        return retarget(page, "#text")
    query = f"?dihapus={removed}" if removed else ""
    return redirect(f"{_address(text)}{query}#{at.anchor}")
