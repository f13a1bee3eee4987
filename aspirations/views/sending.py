"""Sending an aspiration: form, check, receipt."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def form(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def receipt(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def regions(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404

