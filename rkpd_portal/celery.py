"""The Celery app. PostgreSQL rows are the truth; the broker only carries ids."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rkpd_portal.settings")

app = Celery("rkpd_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
