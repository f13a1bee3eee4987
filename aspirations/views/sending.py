"""Sending an aspiration: write, check, send, receipt."""

import re
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import robots
from accounts.access import public
from accounts.errors import AlreadyDone, DomainError, TooMany
from accounts.nudging import nudge
from aspirations import personal_data, reference
from aspirations.forms.sending import REGION_CODE, AspirationForm, Sender
from aspirations.models import WORD_FIELDS, Aspiration, Delivery, Receipt
from aspirations.models.receipt import SHOWN
from aspirations.permissions import can_send
from aspirations.tasks import deliver_notice
from aspirations.views.browser import Browser
from consultations.editions import Part
from consultations.models import BlockText, ChapterText, Region
from consultations.publication import Publication, publication_of
from consultations.sharing import share, shareable

KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class Envelope:
    """What surrounds the form: the chapter, the sender, and what tells one sending from another."""

    plan: Publication
    text: ChapterText
    sender: Sender
    asked_block: str
    block: BlockText | None
    key: str
    ticket: str

    @classmethod
    def of(cls, request: HttpRequest, plan: Publication, number: int) -> "Envelope":
        if (text := plan.texts.get(number)) is None:
            raise Http404
        asked = request.POST.get("block") or request.GET.get("blok") or ""
        key, ticket = request.POST.get("key", ""), request.POST.get("ticket", "")
        return cls(
            plan=plan,
            text=text,
            sender=Sender.of(request.user),
            asked_block=asked,
            block=_block(plan, text, asked),
            key=key if KEY.fullmatch(key) else uuid.uuid4().hex,
            ticket=ticket if robots.is_ticket(ticket) else robots.new_ticket(),
        )

    def form(self, data: Any = None, initial: dict[str, Any] | None = None) -> AspirationForm:
        return AspirationForm(
            data,
            plan=self.plan,
            text=self.text,
            block=self.block,
            sender=self.sender,
            initial=initial,
        )

    @property
    def takes_entries(self) -> bool:
        return can_send(self.sender.user, self.plan.consultation)

    @property
    def lost_block(self) -> bool:
        return bool(self.asked_block) and self.block is None

    @property
    def kept_name(self) -> str:
        """Under which name the phone keeps what is typed."""
        chapter, block = self.text.chapter, self.block
        place = f"{self.plan.consultation.slug}:{chapter.number}"
        return f"aspirasi:{place}:{block.anchor if block else ''}"


@public
@shareable("blok")
def form(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One address in three steps: write, check, send. What is typed is never lost."""
    envelope = Envelope.of(request, _plan_or_404(slug), number)
    if request.method != "POST":
        if not envelope.takes_entries:
            return _closed(request, envelope)
        return _write(request, envelope, envelope.form())
    step = request.POST.get("step", "check")
    written = envelope.form(request.POST)
    if step == "edit":
        return _write(request, envelope, envelope.form(initial=written.values()))
    if step != "send" and not envelope.takes_entries:
        return _closed(request, envelope)
    if not written.is_valid():
        return _write(request, envelope, written)
    if step == "send":
        return _send(request, envelope, written)
    return _check(request, envelope, written)


def _send(request: HttpRequest, envelope: Envelope, written: AspirationForm) -> HttpResponse:
    browser = Browser.of(request)
    if problem := _doubt(request, envelope):
        return _check(request, envelope, written, problem=problem, status=429)
    try:
        aspiration = _submit(request, envelope, written, browser)
    except AlreadyDone as error:
        return _sent_before(request, envelope, written, browser, str(error))
    except TooMany as error:
        return _check(request, envelope, written, problem=str(error), status=429)
    except DomainError as error:
        if envelope.takes_entries:
            return _check(request, envelope, written, problem=str(error))
        return _closed(request, envelope, problem=str(error))
    _tell_soon(aspiration)
    answer = redirect("sending:receipt")
    if not browser.has_sent(envelope.key):  # else it came twice
        browser.note_sending()
    browser.keep_receipt(aspiration, key=envelope.key, kept=envelope.kept_name)
    browser.remember(answer)
    return answer


def _submit(
    request: HttpRequest, envelope: Envelope, written: AspirationForm, browser: Browser
) -> Aspiration:
    """Keep it, counted against its account, or against its browser and its address."""
    user = envelope.sender.user
    if user is None and browser.is_flooding:
        raise TooMany(robots.FLOODING)
    address = robots.client_address(request)
    counted = ("account", str(user.pk)) if user else ("address", address)
    return Aspiration.objects.submit(
        consultation=envelope.plan.consultation,
        chapter=envelope.text.chapter,
        key=envelope.key,
        by=user,
        counted=[counted] if user or address else [],
        **written.submission(),
    )


def _sent_before(
    request: HttpRequest,
    envelope: Envelope,
    written: AspirationForm,
    browser: Browser,
    problem: str,
) -> HttpResponse:
    """The form brought other words before: show its receipt, and offer to send these as well."""
    fresh = replace(envelope, key=uuid.uuid4().hex)
    page = _check(request, fresh, written, problem=problem, has_receipt=True)
    if first := Receipt.objects.sent_with(envelope.key):
        browser.keep_receipt(first, key=envelope.key)
        browser.remember(page)
    return page


def _doubt(request: HttpRequest, envelope: Envelope) -> str:
    """A sentence if this looks like a machine; the text is kept in any case."""
    if request.POST.get(robots.TRAP):
        return _("A hidden field was filled in, perhaps by your browser. Please press Send again.")
    if envelope.sender.user:
        return ""
    if robots.is_expired(request.POST.get("ticket", "")):
        return _("This form was opened more than a day ago. Please read it, then press Send again.")
    if robots.is_too_quick(envelope.ticket):
        return _("That was very quick. Please read your text once more, then press Send again.")
    return ""


def _tell_soon(aspiration: Aspiration) -> None:
    """Have the message sent now rather than at the next sweep."""
    if not aspiration.author.reply_address:
        return
    for delivery in Delivery.objects.waiting().filter(event__aspiration=aspiration):
        transaction.on_commit(partial(nudge, deliver_notice, delivery.pk))


def _write(request: HttpRequest, envelope: Envelope, form: AspirationForm) -> HttpResponse:
    token = get_token(request)  # each call masks it anew
    context = {"form": form, "quote": form["quote"].value(), "csrf_token": token}
    page = _page(request, "form", envelope, **context)
    if request.method != "POST" and not envelope.sender.user:
        own = (token, envelope.key, envelope.ticket)
        share(request, Part.PLAN, of=envelope.plan.consultation, own=own)
    return _kept_private(page, envelope)


def _kept_private(page: TemplateResponse, envelope: Envelope) -> TemplateResponse:
    """The reader's alone. Their own browser may keep it, unless somebody is signed in: "back" must
    bring back what was typed, also from an answer that says that nothing was sent."""
    if envelope.sender.user:
        add_never_cache_headers(page)
    else:
        patch_cache_control(page, private=True, no_cache=True)
    return page


def _check(
    request: HttpRequest,
    envelope: Envelope,
    form: AspirationForm,
    *,
    problem: str = "",
    status: int = 200,
    has_receipt: bool = False,
) -> HttpResponse:
    given = form.cleaned_data
    words = "\n".join(given[name] for name in WORD_FIELDS)
    page = _page(
        request,
        "check",
        envelope,
        form=form,
        rows=_rows(form),
        problem=problem,
        has_receipt=has_receipt,
        nik_found=personal_data.NIK_FOUND if personal_data.mentions_identity_number(words) else "",
        mentions_telephone=personal_data.mentions_telephone(words),
    )
    page.status_code = status
    return _kept_private(page, envelope)


def _rows(form: AspirationForm) -> list[dict[str, str]]:
    """What was answered, question by question; optional ones only when they were."""
    rows = []
    for name, field in form.fields.items():
        value = _in_words(form, name)
        if value and name != "privacy":
            rows.append({"name": name, "label": str(field.label), "value": value})
    return rows


def _in_words(form: AspirationForm, name: str) -> str:
    """A field's value as a reader would say it."""
    value, field = form.cleaned_data.get(name), form.fields[name]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if not value:
        return _("None given") if name == "contact_email" else ""
    choices = getattr(field, "choices", None) or getattr(field.widget, "choices", [])
    return str(next((label for code, label in choices if str(code) == str(value)), value))


def _closed(request: HttpRequest, envelope: Envelope, problem: str = "") -> HttpResponse:
    typed = [text for name in WORD_FIELDS if (text := request.POST.get(name, "").strip())]
    page = _page(request, "closed", envelope, problem=problem, typed="\n\n".join(typed))
    return _kept_private(page, envelope)


def _page(request: HttpRequest, name: str, envelope: Envelope, **context: Any) -> TemplateResponse:
    text = envelope.text
    return TemplateResponse(
        request,
        f"aspirations/sending/{name}.html",
        {
            "envelope": envelope,
            "text": text,
            "chapter": text.chapter,
            "consultation": envelope.plan.consultation,
            "cycle": envelope.plan.consultation.cycle,
            **context,
        },
    )


def _plan_or_404(slug: str) -> Publication:
    if (plan := publication_of(slug)) is None:
        raise Http404
    return plan


def _block(plan: Publication, text: ChapterText, asked: str) -> BlockText | None:
    try:
        wanted = uuid.UUID(asked)
    except ValueError:
        return None
    return plan.block(text, wanted)


@public
@never_cache
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """The code and the PIN, for a while, to whoever just sent something from this browser: of what
    was sent last, or of the one that the address names, with links to the others."""
    others = {one.code: one for one in Browser.of(request).receipts}
    kept = others.pop(request.GET.get("nomor") or next(reversed(others), ""), None)
    if kept is None:
        messages.info(request, _("A receipt is shown only for a while. Use your number and PIN."))
        return redirect("following:lookup")
    shown = Aspiration.objects.select_related(
        "consultation__cycle", "chapter", "author__account"
    ).only(*SHOWN)
    aspiration = get_object_or_404(shown, code=kept.code)
    lookup = f"{settings.SITE_URL}{reverse('following:lookup')}?kode={aspiration.code}"
    context = {
        "aspiration": aspiration,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "pin": reference.pin_for(kept.key),
        "others": list(others),
        "kept_name": kept.kept,
        "lookup_url": lookup,
        "share_url": f"https://wa.me/?{urlencode({'text': _share_text(aspiration, lookup)})}",
    }
    return TemplateResponse(request, "aspirations/sending/receipt.html", context)


def _share_text(aspiration: Aspiration, address: str) -> str:
    return _(
        "I sent an aspiration on %(title)s. Its number is %(code)s. Follow it here: %(url)s"
    ) % {
        "title": aspiration.consultation.title,
        "code": aspiration.code,
        "url": address,
    }


@public
@require_safe
def regions(request: HttpRequest, code: str) -> HttpResponse:
    """The places inside a regency or a district, for the two optional lists."""
    if not REGION_CODE.fullmatch(code):
        raise Http404
    places = Region.objects.below(code).values("code", "name")
    response = JsonResponse({"places": list(places)})
    patch_cache_control(response, public=True, max_age=24 * 3600)
    return response
