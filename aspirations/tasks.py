"""Celery tasks: ids in, fetch, one call. A lost message only means delay; the sweep finds all."""

from celery import shared_task

from aspirations.delivery import deliver
from aspirations.models import Event

SWEPT_AT_ONCE = 500


@shared_task(name="aspirations.tasks.deliver_notice")
def deliver_notice(event_id: int) -> None:
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        deliver(event)


@shared_task(name="aspirations.tasks.sweep")
def sweep() -> None:
    """Send on every message that waits."""
    for event_id in Event.objects.undelivered().values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        deliver_notice.delay(event_id)
