"""Reading the plan: consultations and their chapters, for everyone."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def consultations(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def consultation(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def chapter(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404

