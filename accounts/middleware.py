"""What is true of every page of somebody who is signed in."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts import robots, sessions
from accounts.log import note
from accounts.permissions import is_signed_in, is_staff_member

Handler = Callable[[HttpRequest], HttpResponseBase]


def keep_private(get_response: Handler) -> Handler:
    """Let no cache keep a page that names who is signed in, unless the view decided itself."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control") and is_signed_in(request.user):
            add_never_cache_headers(response)
        return response

    return handle


def end_old_staff_sessions(get_response: Handler) -> Handler:
    """Sign staff out who signed in half a day ago, or did nothing for an hour."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        user = request.user if has_session else None
        if is_staff_member(user) and sessions.is_over(request.session):
            note("session_over", user=request.user.pk, address=robots.client_address(request))
            logout(request)
            messages.info(request, _("You were signed out for safety. Please sign in again."))
        return get_response(request)

    return handle


def leave_nothing_behind(get_response: Handler) -> Handler:
    """After signing out, the browser forgets pages, drafts and what it may follow: phones are
    shared. Cookies are not named in the header: the session's is deleted anyway, and the language
    may stay.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if getattr(request, "has_signed_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
            response.delete_cookie(
                settings.BROWSER_COOKIE_NAME, settings.BROWSER_COOKIE_PATH, samesite="Lax"
            )
        return response

    return handle
