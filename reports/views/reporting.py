"""The desk's reports: asked for, followed, tried again, released."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import DeskRequest, requires
from accounts.errors import DomainError
from accounts.nudging import nudge
from consultations.models import Consultation
from reports import rows
from reports.models import Report
from reports.permissions import can_release_report, can_request_report, can_see_reports
from reports.tasks import compile_report

PER_PAGE = 20
EVENTS_SHOWN = 100


@requires(can_see_reports)
@require_GET
def reports(request: DeskRequest) -> HttpResponse:
    page = Paginator(Report.objects.with_origin(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "consultations": Consultation.objects.public().select_related("cycle")[:PER_PAGE],
        **_powers(request),
    }
    return TemplateResponse(request, "reports/reporting/reports.html", context)


@requires(can_request_report)
@require_http_methods(["GET", "POST"])
def request_reports(request: DeskRequest, slug: str) -> HttpResponse:
    consultation = get_object_or_404(Consultation.objects.select_related("cycle"), slug=slug)
    if request.method == "POST":
        asked = Report.objects.request(consultation, by=request.user)
        _say_when(request, all(nudge(compile_report, report.pk) for report in asked))
        return redirect("reporting:reports")
    context = {
        "consultation": consultation,
        "running": Report.objects.of(consultation).unfinished().first(),
        **rows.counts_of(consultation),
    }
    return TemplateResponse(request, "reports/reporting/request.html", context)


@requires(can_see_reports)
@require_GET
def report(request: DeskRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Report.objects.with_origin(), code=code)
    context = {"report": found, **_powers(request)}
    if request.htmx:
        return TemplateResponse(request, "reports/reporting/_report.html", context)
    context["twin"] = Report.objects.filter(snapshot=found.snapshot).exclude(pk=found.pk).first()
    newest = found.events.select_related("by").order_by("-at", "-pk")[:EVENTS_SHOWN]
    context["events"] = list(reversed(newest))
    return TemplateResponse(request, "reports/reporting/report.html", context)


@requires(can_request_report)
@require_POST
def retry(request: DeskRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Report, code=code)
    try:
        found.retry(by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        _say_when(request, nudge(compile_report, found.pk))
    return redirect("reporting:report", code)


@requires(can_release_report)
@require_POST
def release(request: DeskRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Report, code=code)
    try:
        found.release(by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The report is released: everyone can download it now."))
    return redirect("reporting:report", code)


def _powers(request: HttpRequest) -> dict[str, bool]:
    """What this person may do with a report, for the buttons."""
    return {
        "can_request": can_request_report(request.user),
        "can_release": can_release_report(request.user),
    }


def _say_when(request: HttpRequest, is_queued: bool) -> None:
    if is_queued:
        messages.success(request, _("The report is being compiled. You may leave this page."))
    else:
        messages.warning(
            request,
            _(
                "The report waits: the queue is not reachable at the moment. "
                "It will be compiled by itself as soon as the queue is back."
            ),
        )
