"""Reports: asked for, followed, downloaded, released, verified."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.access import DeskRequest, public, requires
from accounts.errors import DomainError
from aspirations import reference
from aspirations.downloads import stored_pdf
from aspirations.models import Moderation, Report
from aspirations.permissions import (
    can_download,
    can_release_report,
    can_request_report,
    can_see_reports,
)
from aspirations.tasks import compile_report, nudge
from consultations.models import Consultation

PER_PAGE = 20
FRESH_FOR = 3600


@requires(can_see_reports)
@require_GET
def reports(request: DeskRequest) -> HttpResponse:
    page = Paginator(Report.objects.with_origin(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "consultations": Consultation.objects.public().select_related("cycle")[:PER_PAGE],
        **_powers(request),
    }
    return TemplateResponse(request, "aspirations/reporting/reports.html", context)


@requires(can_request_report)
@require_http_methods(["GET", "POST"])
def request_reports(request: DeskRequest, slug: str) -> HttpResponse:
    consultation = get_object_or_404(Consultation.objects.select_related("cycle"), slug=slug)
    if request.method == "POST":
        asked = Report.objects.request(consultation, by=request.user)
        _say_when(request, all(nudge(compile_report, report.pk) for report in asked))
        return redirect("reporting:reports")
    aspirations = consultation.aspirations.all()
    context = {
        "consultation": consultation,
        "running": Report.objects.of(consultation).unfinished().first(),
        "public_rows": aspirations.public().count(),
        "internal_rows": aspirations.exclude(moderation=Moderation.WITHDRAWN).count(),
        "withdrawn_rows": aspirations.filter(moderation=Moderation.WITHDRAWN).count(),
        "unanswered_rows": aspirations.unanswered().count(),
    }
    return TemplateResponse(request, "aspirations/reporting/request.html", context)


@requires(can_see_reports)
@require_GET
def report(request: DeskRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Report.objects.with_origin(), code=code)
    context = {"report": found, **_powers(request)}
    if request.htmx:
        return TemplateResponse(request, "aspirations/reporting/_report.html", context)
    context["twin"] = Report.objects.filter(snapshot=found.snapshot).exclude(pk=found.pk).first()
    return TemplateResponse(request, "aspirations/reporting/report.html", context)


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


@public
@require_GET
def released(request: HttpRequest) -> HttpResponse:
    found = Report.objects.released().with_origin().order_by("-released_at")
    context = {"page": Paginator(found, PER_PAGE).get_page(request.GET.get("page"))}
    return TemplateResponse(request, "aspirations/reporting/released.html", context)


@public
@require_safe
def download(request: HttpRequest, code: str) -> HttpResponseBase:
    """Released reports for everyone; the others do not exist but for those who may see them."""
    found = get_object_or_404(Report.objects.ready(), code=code)
    if not can_download(request.user, found):
        raise Http404
    if not found.is_released:
        return _download_unreleased(request, found)
    response = _file(request, found)
    response["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    return response


@public
@require_GET
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """What the genuine file is, for whoever holds a copy of it."""
    tidy = reference.tidy_code(code)
    found = Report.objects.ready().with_origin().filter(code=tidy).first() if tidy else None
    context = {"report": found, "code": code, "cycle": found and found.consultation.cycle}
    status = 200 if found else 404
    return TemplateResponse(
        request, "aspirations/reporting/verification.html", context, status=status
    )


@requires(can_see_reports)
def _download_unreleased(request: HttpRequest, report: Report) -> HttpResponseBase:
    return _file(request, report)


def _file(request: HttpRequest, report: Report) -> HttpResponseBase:
    return stored_pdf(
        request,
        name=report.file,
        size=report.size,
        sha256=report.sha256,
        file_name=report.file_name,
    )


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
