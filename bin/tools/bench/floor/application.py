"""The floor's application, behind the same gateway as the portal's. FLOOR_IS_BARE in the
environment leaves every middleware out."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from rkpd_portal.asgi import Gateway

if os.environ.get("FLOOR_IS_BARE"):
    settings.MIDDLEWARE = []  # only now, because allauth does not start without its own

application = Gateway(
    get_wsgi_application(), threads=settings.WEB_THREADS, largest=settings.LARGEST_REQUEST
)
