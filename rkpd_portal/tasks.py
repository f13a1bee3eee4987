"""Housekeeping that belongs to no app."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="rkpd_portal.tasks.clear_sessions")
def clear_sessions() -> None:
    """Delete the sessions that have run out."""
    call_command("clearsessions")
