"""Writing and publishing the plan: cycles, consultations, chapters, blocks."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.access import public


@public
def cycles(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def cycle_new(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def cycle(request: HttpRequest, year: int) -> HttpResponse:
    raise Http404


@public
def consultation_new(request: HttpRequest, year: int) -> HttpResponse:
    raise Http404


@public
def consultation(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def extend(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def publish_draft(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


@public
def chapter(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def rename(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def preview(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def publish_chapter(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def block_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    raise Http404


@public
def block(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404


@public
def block_move(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404


@public
def block_remove(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404


@public
def block_restore(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404

