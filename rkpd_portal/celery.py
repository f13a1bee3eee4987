"""The Celery app. PostgreSQL rows are the truth; the broker only carries ids."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, after_setup_task_logger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rkpd_portal.settings")

app = Celery("rkpd_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@after_setup_logger.connect
@after_setup_task_logger.connect
def scrub(logger: logging.Logger, **signal: Any) -> None:
    """Celery writes its own log; nobody's data may stand in it either."""
    from accounts.log import Scrubbed

    for handler in logger.handlers:
        if handler.formatter and not isinstance(handler.formatter, Scrubbed):
            handler.setFormatter(Scrubbed(handler.formatter))
