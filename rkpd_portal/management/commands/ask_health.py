"""Ask this container's web server whether it is healthy; exit 1 if it is not."""

import os
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """The health check of the web service in docker-compose.yml."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        port = os.environ.get("GRANIAN_PORT", "8000")
        request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz")
        request.add_header("Host", settings.ALLOWED_HOSTS[0])
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
        except OSError as error:
            raise CommandError(f"The web server does not answer as it should: {error}") from error
