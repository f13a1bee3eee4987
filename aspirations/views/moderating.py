"""The planners' desk: queue, one aspiration, decisions, tags, answers."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from accounts.access import DeskRequest, requires
from accounts.errors import DomainError
from accounts.nudging import nudge
from aspirations import reference
from aspirations.description import described
from aspirations.forms.moderating import (
    MergeForm,
    NoteForm,
    RefuseForm,
    ResponseForm,
    ReturnForm,
    TagBox,
    TagsForm,
    response_to_edit,
    tags_to_edit,
)
from aspirations.models import UNDECIDED, Aspiration, Delivery, Event
from aspirations.permissions import can_moderate, can_respond
from aspirations.queue import Queue, similar_to
from aspirations.tasks import deliver_notice

PAGE_SIZE = 40
EVENTS_SHOWN = 200
NUDGED_AT_ONCE = 10


@requires(can_moderate)
def queue(request: DeskRequest) -> HttpResponse:
    """One saved view, filtered; `buka` names the aspiration that is open beside the list."""
    here = Queue(request.GET, request.user)
    context: dict[str, Any] = {"queue": here, "page": here.page(PAGE_SIZE), "opened": None}
    code = reference.tidy_code(request.GET.get("buka", ""))
    opened = _aspirations().filter(code=code).first() if code else None
    if opened:
        context |= _desk(opened, here) | {"opened": opened}
    return TemplateResponse(request, "aspirations/moderating/queue.html", context)


@requires(can_moderate)
def aspiration(request: DeskRequest, code: str) -> HttpResponse:
    return _page(request, _fetch(code))


@require_POST
@requires(can_moderate)
def start_review(request: DeskRequest, code: str) -> HttpResponse:
    found = _fetch(code)
    done = _("You are now looking after %(code)s.") % {"code": found.code}
    return _carry_out(request, found, lambda: found.start_review(by=request.user), done)


@require_POST
@requires(can_moderate)
def accept(request: DeskRequest, code: str) -> HttpResponse:
    found = _fetch(code)
    done = _("%(code)s is accepted.") % {"code": found.code}
    return _decide(request, found, lambda: found.accept(by=request.user), done)


@require_POST
@requires(can_moderate)
def return_(request: DeskRequest, code: str) -> HttpResponse:
    found, form = _fetch(code), ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, found, return_form=form)
    done = _("%(code)s went back to its author to be completed.") % {"code": found.code}
    reason = form.cleaned_data["missing"]
    verb = lambda: found.return_(by=request.user, reason=reason)  # noqa: E731
    return _decide(request, found, verb, done, return_form=form)


@require_POST
@requires(can_moderate)
def refuse(request: DeskRequest, code: str) -> HttpResponse:
    found, form = _fetch(code), RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refuse_form=form)
    done = _("%(code)s is not accepted.") % {"code": found.code}
    reason = form.cleaned_data["refusal"]
    verb = lambda: found.refuse(by=request.user, reason=reason)  # noqa: E731
    return _decide(request, found, verb, done, refuse_form=form)


@require_POST
@requires(can_moderate)
def merge(request: DeskRequest, code: str) -> HttpResponse:
    """Join two aspirations: first the other one is shown, then `confirmed` does it."""
    found, form = _fetch(code), MergeForm(request.POST)
    if not form.is_valid() or form.target is None or "confirmed" not in request.POST:
        return _page(request, found, merge_form=form)
    target = form.target
    done = _("%(code)s is joined to %(target)s.") % {"code": found.code, "target": target.code}

    here = target.consultation_id == found.consultation_id  # else the verb says what is wrong
    also = {target.pk: _shown(request, "into_shown")} if here else {}
    verb = lambda: found.merge(into=target, by=request.user)  # noqa: E731
    return _decide(request, found, verb, done, also, merge_form=form)


@require_POST
@requires(can_moderate)
def tags(request: DeskRequest, code: str) -> HttpResponse:
    found, form = _fetch(code), TagsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, tags_form=form)
    given = form.cleaned_data
    verb = lambda: found.set_tags(  # noqa: E731
        given["tags"], names=given["names"], instead_of=given["before"], by=request.user
    )
    return _carry_out(request, found, verb, _("The tags are saved."), tags_form=form)


@require_POST
@requires(can_respond)
def respond(request: DeskRequest, code: str) -> HttpResponse:
    """Answer; with `preview`, only show what the author would read."""
    found, form = _fetch(code), ResponseForm(request.POST)
    if "preview" in request.POST:
        return _preview(request, found, form)
    if not form.is_valid():
        return _page(request, found, respond_form=form)
    done = _("The answer to %(code)s is given.") % {"code": found.code}
    verb = lambda: found.respond(by=request.user, **form.cleaned_data)  # noqa: E731
    return _decide(request, found, verb, done, respond_form=form)


@require_POST
@requires(can_moderate)
def note(request: DeskRequest, code: str) -> HttpResponse:
    found, form = _fetch(code), NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form)
    words = form.cleaned_data["words"]
    verb = lambda: found.note(words, by=request.user)  # noqa: E731
    return _carry_out(request, found, verb, _("The note is kept."), note_form=form)


@require_POST
@requires(can_respond)
def send_again(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """A message that was refused or given up."""
    found = _fetch(code)
    delivery = get_object_or_404(Delivery, pk=pk, event__aspiration=found)
    done = _("The message is being sent again.")
    return _carry_out(request, found, lambda: delivery.send_again(by=request.user), done)


def _aspirations() -> Any:
    related = ("consultation__cycle", "affair_field", "priority", "block", "author__account")
    found = Aspiration.objects.with_lists().with_current_response().with_last_step()
    return found.select_related(*related).prefetch_related("entered_by", "merged_into")


def _fetch(code: str) -> Aspiration:
    found: Aspiration | None = _aspirations().filter(code=reference.tidy_code(code)).first()
    if found is None:
        raise Http404
    return found


def _decide(
    request: DeskRequest,
    found: Aspiration,
    verb: Callable[[], object],
    done: str,
    also: dict[int, int] | None = None,
    **forms: Form,
) -> HttpResponse:
    """Carry out a decision, if the page where it was made showed the last step, of `also` too."""

    def decide() -> None:
        with transaction.atomic():
            Aspiration.objects.require_last_steps({found.pk: _shown(request), **(also or {})})
            verb()

    return _carry_out(request, found, decide, done, **forms)


def _shown(request: DeskRequest, name: str = "shown") -> int:
    """The last step that the planner had before them, as the form says; 0 if it says nothing."""
    number = request.POST.get(name, "")
    return int(number) if re.fullmatch(r"[0-9]{1,18}", number, re.ASCII) else 0


def _carry_out(
    request: DeskRequest,
    found: Aspiration,
    verb: Callable[[], object],
    done: str,
    **forms: Form,
) -> HttpResponse:
    """Call the verb; say what happened; on a refusal show the page with everything typed."""
    try:
        verb()
    except DomainError as error:
        for form in forms.values():
            form.add_error(None, str(error))
        if not forms:
            messages.error(request, str(error))
        return _page(request, _fetch(found.code), changed=True, **forms)
    messages.success(request, done)
    transaction.on_commit(lambda: _nudge(found))
    if request.htmx:
        return _page(request, _fetch(found.code), changed=True)
    return redirect(f"{reverse('moderating:aspiration', args=[found.code])}?{_query(request)}")


def _nudge(found: Aspiration) -> None:
    """Have the authors told now; what is not nudged, or if the broker is away, the sweep does."""
    concerned = Aspiration.objects.with_merged(found.pk)
    waiting = Delivery.objects.waiting().filter(event__aspiration__in=concerned.values("pk"))
    for delivery_id in waiting.values_list("pk", flat=True)[:NUDGED_AT_ONCE]:
        if not nudge(deliver_notice, delivery_id):
            return


def _query(request: DeskRequest) -> str:
    return Queue(request.GET, request.user).query


def _page(
    request: DeskRequest, found: Aspiration, *, changed: bool = False, **forms: Form
) -> HttpResponse:
    """The aspiration as a page, or as the pane beside the list when HTMX asks."""
    here = Queue(request.GET, request.user)
    context = _desk(found, here, **forms) | {"queue": here, "changed": changed}
    if forms and not changed and "shown" in request.POST:
        context["shown"] = _shown(request)  # what is only completed was decided on the page before
    if not request.htmx:
        return TemplateResponse(request, "aspirations/moderating/aspiration.html", context)
    pane = TemplateResponse(request, "aspirations/moderating/_pane.html", context)
    return push_url(pane, False)  # the list's address stays; queue.js adds what is open


def _preview(request: DeskRequest, found: Aspiration, form: ResponseForm) -> HttpResponse:
    if request.htmx.target != "answer-preview":
        return _page(request, found, respond_form=form)
    context = {"aspiration": found, "response": form.as_typed()}
    return TemplateResponse(request, "aspirations/moderating/_response.html", context)


def _desk(found: Aspiration, here: Queue, **forms: Any) -> dict[str, Any]:
    """Everything one aspiration's page or pane shows. Bound forms replace the fresh ones."""
    untold = Prefetch("deliveries", Delivery.objects.undelivered(), to_attr="undelivered")
    happened = found.events.select_related("by").prefetch_related(untold)
    events = list(happened.order_by("-pk")[:EVENTS_SHOWN])
    before, after = here.neighbours(found)
    fresh: dict[str, Any] = {
        "return_form": ReturnForm(),
        "refuse_form": RefuseForm(),
        "merge_form": MergeForm(),
        "note_form": NoteForm(),
        "tags_form": TagsForm(initial=tags_to_edit(found)),
        "respond_form": ResponseForm(initial=response_to_edit(found)),
    }
    fresh |= forms
    return {
        "aspiration": found,
        "response": found.response,
        "shown": found.last_step,
        "before": before,
        "after": after,
        "notes": [event for event in events if event.verb == Event.Verb.NOTED],
        "history": described((e for e in events if e.verb != Event.Verb.NOTED), "staff"),
        "similar": list(similar_to(found)),
        "tag_box": TagBox(fresh["tags_form"], list(found.tags.all())),
        "undecided": found.moderation in UNDECIDED,
        **fresh,
    }
