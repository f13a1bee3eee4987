"""The planners' desk: queue, one aspiration, decisions, tags, answers."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def queue(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def aspiration(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def start_review(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def publish(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def return_(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def not_publish(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def merge(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def tags(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def respond(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404


@public
def note(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404

