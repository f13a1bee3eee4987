"""Following an aspiration: by code and PIN, or as its signed-in author."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import robots
from accounts.access import public, requires
from accounts.errors import DomainError
from accounts.models import User
from accounts.permissions import agency_of, is_signed_in
from aspirations import reference
from aspirations.description import described
from aspirations.forms.following import CompletionForm, LookupForm
from aspirations.keyset import page_of
from aspirations.models import Aspiration, Moderation, Receipt
from aspirations.permissions import is_author
from aspirations.views.browser import Browser
from consultations import proofs
from consultations.downloads import json_file
from consultations.models import Seal

PER_PAGE = 20


def _own(request: HttpRequest, code: str) -> Aspiration | None:
    """The aspiration, if this person may follow it. Unknown and hidden ones look alike."""
    aspirations = Aspiration.objects.select_related(
        "consultation__cycle", "chapter", "region__parent", "regency", "agency", "author__account"
    ).select_related("merged_into__author")
    tidy = reference.tidy_code(code)
    aspiration = aspirations.filter(code=tidy).first() if tidy else None
    if aspiration is None:
        return None
    may_follow = Browser.of(request).may_follow(aspiration.code)
    return aspiration if may_follow or is_author(request.user, aspiration) else None


def _ask_for_pin(code: str) -> HttpResponse:
    return redirect(f"{reverse('following:lookup')}?{urlencode({'kode': code[:30]})}")


@public
@never_cache
def lookup(request: HttpRequest) -> HttpResponse:
    """Ask for code and PIN; an unknown code and a wrong PIN get the same sentence."""
    asked = request.GET.get("kode", "")[:30]
    form = LookupForm(request.POST if request.method == "POST" else None, initial={"code": asked})
    if request.method == "POST" and form.is_valid():
        aspiration = _try(request, form)
        if aspiration:
            answer = redirect("following:status", code=aspiration.code)
            browser = Browser.of(request)
            browser.unlock(aspiration)
            browser.remember(answer)
            return answer
    return TemplateResponse(request, "aspirations/following/lookup.html", {"form": form})


def _try(request: HttpRequest, form: LookupForm) -> Aspiration | None:
    """The aspiration that code and PIN open together. Unknown codes count just as known ones do.

    Only the pair of a code and an address is slowed down, so a guesser never keeps its sender out.
    The PIN has six digits; a guesser needs half a million tries on average and has 20 a day from
    each address: 25 000 days from one, 25 days from a thousand addresses, on one code.
    """
    code, pin = form.cleaned_data["code"], form.cleaned_data["pin"]
    address = robots.client_address(request) or "unknown"
    tries = ("wrong-pin", address), ("wrong-pin-of-code", code, address)
    if not robots.take(*tries):
        sentence = _("Too many wrong PINs from here. Please try again in ten minutes, or tomorrow.")
        form.add_error(None, sentence)
        return None
    receipt = Receipt.objects.opened_by(code, pin).select_related("aspiration").first()
    if receipt is None:
        sentence = _("The number and the PIN do not belong together. Please compare both.")
        form.add_error(None, sentence)
        return None
    robots.give_back(*tries)
    return receipt.aspiration


@public
@never_cache
def status(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that has happened to one's aspiration, and what comes next."""
    aspiration = _own(request, code)
    if aspiration is None:
        return _ask_for_pin(code)
    context = _context(aspiration)
    events = aspiration.events.shown_to_author().select_related("aspiration__author")
    context["history"] = described(events, "author")
    return TemplateResponse(request, "aspirations/following/status.html", context)


def _context(aspiration: Aspiration) -> dict[str, Any]:
    responded = aspiration.responded
    return {
        "aspiration": aspiration,
        "responded": responded,
        "response": responded.response if responded else None,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "fingerprint_now": aspiration.digest(),
    }


@public
@never_cache
@require_safe
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """The author's words and what happened to them, with the proof that it is all on record."""
    aspiration = _own(request, code)
    if aspiration is None:
        return _ask_for_pin(code)
    seal = Seal.objects.newest(aspiration.consultation_id)
    events = list(aspiration.events.shown_to_author().select_related("aspiration").order_by("pk"))
    words = aspiration.as_said()
    content = proofs.receipt(seal, aspiration.code, words, events) if seal else {"entries": []}
    if not content["entries"]:
        messages.info(request, _("It is being sealed at this moment. Try again in a few seconds."))
        return redirect("following:status", code=aspiration.code)
    return json_file(content, f"bukti-{aspiration.code}.json")


@public
@never_cache
def complete(request: HttpRequest, code: str) -> HttpResponse:
    """Add what a planner asked for."""
    aspiration = _own(request, code)
    if aspiration is None:
        return _ask_for_pin(code)
    if request.method != "POST" and aspiration.moderation != Moderation.RETURNED:
        messages.info(request, _("Nothing needs to be added to this aspiration at present."))
        return redirect("following:status", code=aspiration.code)
    form = CompletionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _completed(request, aspiration, form):
        messages.success(request, _("Thank you. What you added has reached the planners."))
        return redirect("following:status", code=aspiration.code)
    context = {**_context(aspiration), "form": form}
    return TemplateResponse(request, "aspirations/following/complete.html", context)


def _completed(request: HttpRequest, aspiration: Aspiration, form: CompletionForm) -> bool:
    words = form.cleaned_data["words"]
    try:
        aspiration.complete(words, by=_person(request))
    except DomainError as error:
        if aspiration.supplement.endswith(words):
            return True  # pressed twice
        form.add_error(None, str(error))
        return False
    return True


@public
@never_cache
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Say what withdrawing does, then do it."""
    aspiration = _own(request, code)
    if aspiration is None:
        return _ask_for_pin(code)
    if request.method == "POST" and aspiration.moderation != Moderation.WITHDRAWN:
        try:
            aspiration.withdraw(by=_person(request))
        except DomainError as error:
            messages.warning(request, str(error))
    if aspiration.moderation == Moderation.WITHDRAWN:
        messages.success(request, _("Your aspiration is withdrawn."))
        return redirect("following:status", code=aspiration.code)
    return TemplateResponse(request, "aspirations/following/withdraw.html", _context(aspiration))


def _person(request: HttpRequest) -> Any:
    return request.user if is_signed_in(request.user) else None


@requires(is_signed_in)
def mine(request: HttpRequest) -> HttpResponse:
    """My aspirations; for an office, everything that it sent; for an operator, what they typed."""
    agency = agency_of(request.user)
    sent = Aspiration.objects.sent_by(cast(User, request.user), agency)
    rows = sent.select_related("author").prefetch_related(
        "consultation__cycle", "chapter", "regency"
    )
    context = {"page": page_of(rows, request.GET, PER_PAGE), "agency": agency}
    return TemplateResponse(request, "aspirations/following/mine.html", context)
