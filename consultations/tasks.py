"""Celery tasks: the sealer. What it does not reach now, it finds the next time."""

import logging

from celery import shared_task

from consultations import telling, witness
from consultations.models import Consultation, Seal, Unsealed
from consultations.models.record import UNREADABLE

log = logging.getLogger(__name__)


@shared_task(name="consultations.tasks.seal")
def seal() -> None:
    """Seal what was recorded of every consultation, and keep the new roots elsewhere too."""
    waiting = Unsealed.objects.order_by().values("consultation")
    for consultation in Consultation.objects.filter(pk__in=waiting):
        try:
            Seal.objects.seal(consultation.pk)
        except UNREADABLE:  # no reason to leave the others
            log.exception("what waits in %s cannot be sealed", consultation.slug)
        witness.keep(consultation)


@shared_task(name="consultations.tasks.mail_roots")
def mail_roots() -> None:
    """Send yesterday's roots to the witnesses."""
    telling.tell_witnesses()
