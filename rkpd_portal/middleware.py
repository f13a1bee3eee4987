"""What is true of every request and answer: readable, in one of our languages, without extras."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.http import parse_header_parameters

Handler = Callable[[HttpRequest], HttpResponseBase]

# What the WSGI application writes in place of a content type that Django cannot even parse.
UNREADABLE = "application/x-unreadable"
# How browsers name the one encoding that our pages use; a form sends none, a script may.
ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii"})
# Everything that a page could be allowed and that ours do not use; passkeys they do.
PERMISSIONS_POLICY = ", ".join(
    [
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer",
                "autoplay",
                "bluetooth",
                "browsing-topics",
                "camera",
                "display-capture",
                "encrypted-media",
                "fullscreen",
                "gamepad",
                "geolocation",
                "gyroscope",
                "hid",
                "idle-detection",
                "local-fonts",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "picture-in-picture",
                "screen-wake-lock",
                "serial",
                "usb",
                "web-share",
                "xr-spatial-tracking",
            )
        ),
        "clipboard-write=(self)",
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)


def forbid_features(get_response: Handler) -> Handler:
    """Name in every answer what the browser need not offer to its page."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return handle


def refuse_nonsense(get_response: Handler) -> Handler:
    """Answer 400 to what no browser sends and no database stores, before any view reads it."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if problem := _nonsense(request):
            raise BadRequest(problem)
        return get_response(request)

    return handle


def _nonsense(request: HttpRequest) -> str:
    if not is_readable(request.META.get("CONTENT_TYPE", "")):
        return "The encoding of the body is not UTF-8."
    if not (request.META.get("CONTENT_LENGTH") or "0").isdecimal():
        return "The length of the body is no number."
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return "The address contains a NUL."
    if any(ord(sign) < 32 for value in request.COOKIES.values() for sign in value):
        return "A cookie contains control characters."
    return ""


def is_readable(content_type: str) -> bool:
    """Whether Django can parse the header, and it names no other encoding than ours."""
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return False
    return kind != UNREADABLE and parameters.get("charset", "utf-8").lower() in ENCODINGS


def choose_language(get_response: Handler) -> Handler:
    """The language chosen by the switch, else Indonesian: many phones are set to English
    though their owners read Indonesian, so the browser's own language is not asked."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return handle
