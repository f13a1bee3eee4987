"""Reports: asked for, followed, downloaded, released, verified."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def reports(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def request_reports(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def report(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def retry(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def release(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def released(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def download(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def verification(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404

