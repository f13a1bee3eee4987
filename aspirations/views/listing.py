"""Reading what people said and what became of it, for everyone."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def aspirations(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def outcome(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def aspiration(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404

