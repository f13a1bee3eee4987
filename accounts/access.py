"""The mark at every view's door: `@public` or `@requires(predicate)`."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
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
    """Everyone may see this page."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def requires(predicate: Predicate) -> Callable[[View], View]:
    """Only people for whom `predicate(user)` holds; staff need a second factor besides."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_signed_in(request.user):
                return _ask_to_sign_in(request)
            if not predicate(request.user):
                raise PermissionDenied
            if needs_second_factor(request.user):
                messages.warning(
                    request, _("Your role needs a second sign-in step. Add a passkey or an app.")
                )
                return redirect("mfa_index")
            return view(request, *args, **kwargs)

        guarded.access = predicate  # type: ignore[attr-defined]
        return guarded

    return mark


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in page; what was typed until the session ended is shown, not lost."""
    sign_in = redirect_to_login(_way_back(request))
    if request.method != "POST":
        return sign_in
    context = {"sign_in_url": sign_in.url, "typed": typed_words(request)}
    page = TemplateResponse(request, "accounts/signed_out.html", context, status=401)
    add_never_cache_headers(page)
    return page


def typed_words(request: HttpRequest) -> str:
    """What somebody wrote into the form that was sent, to be shown to them again; no password."""
    typed = {name: str(text) for name, text in request.POST.items() if "password" not in name}
    return "\n\n".join(text for text in typed.values() if len(text.split()) > 1)


def _way_back(request: HttpRequest) -> str:
    """Where to go after signing in: this page, or for a press the page it was made on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}):
        return "/"
    path = urlsplit(before).path
    return path if re.match("/[^/]", path) else "/"
