"""Celery tasks: ids in, fetch, one call. A lost message only means delay; the sweep finds all."""

import logging

from celery import shared_task

from accounts.nudging import waiting
from aspirations.delivery import deliver
from aspirations.models import Aspiration, Count, Delivery
from consultations.models import Consultation

log = logging.getLogger(__name__)
SWEPT_AT_ONCE = 500


@shared_task(name="aspirations.tasks.deliver_notice")
def deliver_notice(delivery_id: int) -> None:
    delivery = Delivery.objects.filter(pk=delivery_id).first()
    if delivery is not None:
        deliver(delivery)


@shared_task(name="aspirations.tasks.sweep")
def sweep() -> None:
    """Send on every message that waits. Not while many are on their way already: a mail server
    that lets each of them hang would have them pile up."""
    if waiting("celery") >= SWEPT_AT_ONCE:
        return
    for delivery_id in Delivery.objects.waiting().values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        deliver_notice.delay(delivery_id)


@shared_task(name="aspirations.tasks.fold_counts")
def fold_counts() -> None:
    """Sum up what changed. Until then a page sums it itself."""
    Count.objects.fold()


@shared_task(name="aspirations.tasks.compare_counts")
def compare_counts() -> None:
    """Compare what is kept with the rows by night, and put it right."""
    for code in Aspiration.objects.mend_changes():
        log.error("whether the answer to %s changes the text was noted wrongly and is mended", code)
    for pk, slug in Consultation.objects.values_list("pk", "slug"):
        for difference in Count.objects.mend(pk):
            log.error("a count of %s was wrong and is mended: %s", slug, difference)
