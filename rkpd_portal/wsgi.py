"""The WSGI application that the web server serves."""

import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

from django.core.wsgi import get_wsgi_application

from rkpd_portal.middleware import UNREADABLE, is_readable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rkpd_portal.settings")

portal = get_wsgi_application()


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Django cannot parse every content type, so what it cannot is named before it tries to."""
    if not is_readable(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = UNREADABLE
    return portal(environ, start_response)
