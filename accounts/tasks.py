"""Celery tasks of the accounts."""

from celery import shared_task

from accounts.models import Tally


@shared_task(name="accounts.tasks.forget_tallies")
def forget_tallies() -> None:
    """Delete the counts whose window is over."""
    Tally.objects.over().delete()
