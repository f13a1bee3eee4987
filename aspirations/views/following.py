"""Following an aspiration: by code and PIN, or as its signed-in author."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def lookup(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def mine(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def status(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def complete(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404

