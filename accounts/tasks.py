"""Celery tasks of the accounts."""

from celery import shared_task
from django.core.management import call_command

from accounts import sessions
from accounts.models import Tally


@shared_task(name="accounts.tasks.forget_tallies")
def forget_tallies() -> None:
    """Delete the counts whose window is over."""
    Tally.objects.over().delete()


@shared_task(name="accounts.tasks.clear_sessions")
def clear_sessions() -> None:
    """Delete the sessions that have run out, and what was noted of their devices."""
    call_command("clearsessions")
    sessions.forget_ended()
