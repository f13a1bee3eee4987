"""Home page, desk, health and the few pages that belong to no app."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from accounts import robots
from accounts.access import public, requires, typed_words
from accounts.log import note
from accounts.models import Agency
from accounts.permissions import is_staff_member
from aspirations.models import Count
from consultations.editions import Part
from consultations.models import Consultation, PlanCycle, Region
from consultations.sharing import share, shareable
from reports import rows
from reports.models import Report
from rkpd_portal import front, health, localmail


@public
@shareable()
def home(request: HttpRequest) -> HttpResponse:
    """The consultation that matters now, what words changed before, and earlier rounds."""
    page = front.front()
    share(request, Part.PLAN, Part.VOICES, dates=page.dated)
    context = {
        "leading": page.leading,
        "cycle": page.cycle,
        "regencies_total": Region.objects.regencies().count(),
        "turnout": rows.turnout_of(page.leading) if page.leading else None,
        "others": page.others,
        "earlier": page.earlier,
        "examples": front.examples(page.told),
    }
    return TemplateResponse(request, "rkpd_portal/home.html", context)


@public
@shareable()
def privacy(request: HttpRequest) -> HttpResponse:
    """The notice under UU 27/2022, in the name of the newest plan year's organiser."""
    share(request, Part.PLAN)
    context = {"organiser": PlanCycle.objects.first()}
    return TemplateResponse(request, "rkpd_portal/privacy.html", context)


@requires(is_staff_member)
def desk(request: HttpRequest) -> HttpResponse:
    """The doors that this person may open, each with what waits behind it."""
    context = {"counts": _desk_counts()}
    return TemplateResponse(request, "rkpd_portal/desk.html", context)


def _desk_counts() -> dict[str, int]:
    counts = Count.objects.of()
    return {
        "pending": counts.which("is_pending").total,
        "unanswered": counts.which("is_unanswered").total,
        "open": Consultation.objects.open().count(),
        "reports": Report.objects.filter(state=Report.State.READY).count(),
        "agencies": Agency.objects.current().count(),
    }


@public
def mailbox(request: HttpRequest) -> HttpResponse:
    """The last mails of a demonstration machine. The route exists in local mode only."""
    context = {"messages_sent": localmail.last_messages()}
    return TemplateResponse(request, "rkpd_portal/mailbox.html", context)


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers; a missing broker, a record that does not hold, or messages that were
    given up are reported but do not make pages unready."""
    is_ready, record, sent = health.database_and_state()
    state = {
        "status": "ok" if is_ready else "unready",
        "database": "ok" if is_ready else "unreachable",
        "broker": "ok" if health.broker_answers() else "unreachable",
        "record": record,
        "messages": sent,
    }
    return JsonResponse(state, status=200 if is_ready else 503)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    _note_refusal(request, "permission")
    return TemplateResponse(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    _note_refusal(request, "token")
    # Only to the person who typed them here: another site could put words into our mouth.
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    context = {"typed": typed_words(request) if is_ours else ""}
    page = TemplateResponse(request, "403_csrf.html", context, status=403)
    add_never_cache_headers(page)
    return page


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    _note_refusal(request, "limit")
    return TemplateResponse(request, "429.html", status=429).render()


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault; but while the database cannot be reached, come again in a moment."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.INTERNAL_SERVER_ERROR
    response = HttpResponse(render_to_string(f"{status:d}.html"), status=status)
    if is_away:
        response["Retry-After"] = "10"
        response["Cache-Control"] = "no-store"
    return response


def _note_refusal(request: HttpRequest, why: str) -> None:
    """The view, not the address: an address may hold a secret key."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    user = getattr(request, "user", None)
    address = robots.client_address(request)
    note("refused", why=why, view=view, user=getattr(user, "pk", None), address=address)
