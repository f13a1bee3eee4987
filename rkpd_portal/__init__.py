"""Wiring: settings, the site map, the Celery app, home page, health and the local stack."""

from rkpd_portal.celery import app as celery_app

__all__ = ["celery_app"]
