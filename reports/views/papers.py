"""Papers that left the house: released reports, their files, and the check of a copy."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_safe

from accounts.access import public, requires
from aspirations import reference
from consultations.downloads import stored_pdf
from consultations.editions import Part
from consultations.sharing import share, shareable
from reports.models import Report
from reports.permissions import can_download, can_see_reports

PER_PAGE = 20
FRESH_FOR = 3600


@public
@shareable("page")
@require_GET
def released(request: HttpRequest) -> HttpResponse:
    found = Report.objects.released().with_origin().order_by("-released_at")
    share(request, Part.PLAN)
    context = {"page": Paginator(found, PER_PAGE).get_page(request.GET.get("page"))}
    return TemplateResponse(request, "reports/papers/released.html", context)


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
    return TemplateResponse(request, "reports/papers/verification.html", context, status=status)


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
