"""Home page, desk, health and the few pages that belong to no app."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from accounts.access import public, requires
from accounts.models import Agency
from accounts.permissions import is_staff_member
from aspirations.models import Aspiration
from consultations.models import Consultation, PlanCycle, Region
from reports.models import Report
from rkpd_portal import front, localmail


@public
def home(request: HttpRequest) -> HttpResponse:
    """The consultation that matters now, what words changed before, and earlier rounds."""
    page = front.front()
    context = {
        "leading": page.leading,
        "cycle": page.cycle,
        "regencies_total": Region.objects.regencies().count(),
        "turnout": page.leading.aspirations.turnout() if page.leading else None,
        "others": page.others,
        "earlier": page.earlier,
        "examples": front.examples(page.told),
    }
    return TemplateResponse(request, "rkpd_portal/home.html", context)


@public
def privacy(request: HttpRequest) -> HttpResponse:
    """The notice under UU 27/2022, in the name of the newest plan year's organiser."""
    context = {"organiser": PlanCycle.objects.first()}
    return TemplateResponse(request, "rkpd_portal/privacy.html", context)


@requires(is_staff_member)
def desk(request: HttpRequest) -> HttpResponse:
    """The doors that this person may open, each with what waits behind it."""
    context = {"counts": _desk_counts()}
    return TemplateResponse(request, "rkpd_portal/desk.html", context)


def _desk_counts() -> dict[str, int]:
    return {
        "pending": Aspiration.objects.pending().count(),
        "unanswered": Aspiration.objects.unanswered().count(),
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
    """The database answers; a missing broker is reported but does not make pages unready."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unready", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "broker": _broker_state()})


def _broker_state() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1).ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return TemplateResponse(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return TemplateResponse(request, "403_csrf.html", status=403)
