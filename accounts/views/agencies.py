"""Agencies and the people invited to act for them."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def agencies(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404


@public
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404

