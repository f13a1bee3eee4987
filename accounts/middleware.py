"""What is true of every page of somebody who is signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from accounts.permissions import is_signed_in

Handler = Callable[[HttpRequest], HttpResponseBase]


def keep_private(get_response: Handler) -> Handler:
    """Let no cache keep a page that names who is signed in, unless the view decided itself."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control") and is_signed_in(request.user):
            add_never_cache_headers(response)
        return response

    return handle
