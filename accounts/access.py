"""The mark at every view's door: `@public` or `@requires(predicate)`."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.permissions import is_signed_in, needs_second_factor

View = Callable[..., HttpResponseBase]
Predicate = Callable[[Any], bool]


class DeskRequest(HttpRequest):
    """What reaches a view behind `@requires`: somebody is signed in, HTMX may have asked."""

    user: User
    htmx: HtmxDetails


def public(view: View) -> View:
    """Everyone may see this page; no cache keeps it when it names who is signed in."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control") and is_signed_in(request.user):
            add_never_cache_headers(response)
        return response

    opened.access = "public"  # type: ignore[attr-defined]
    return opened


def requires(predicate: Predicate) -> Callable[[View], View]:
    """Only people for whom `predicate(user)` holds; staff need a second factor besides."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_signed_in(request.user):
                return redirect_to_login(_way_back(request))
            if not predicate(request.user):
                raise PermissionDenied
            if needs_second_factor(request.user):
                messages.warning(
                    request, _("Your role needs a second sign-in step. Add a passkey or an app.")
                )
                return redirect("mfa_index")
            response = view(request, *args, **kwargs)
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            return response

        guarded.access = predicate  # type: ignore[attr-defined]
        return guarded

    return mark


def _way_back(request: HttpRequest) -> str:
    """Where to go after signing in: this page, or for a press the page it was made on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = urlsplit(request.headers.get("Referer", ""))
    return before.path if before.netloc == request.get_host() else "/"
