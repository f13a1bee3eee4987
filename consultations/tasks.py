"""Celery tasks: the sealer. What it does not reach now, it finds the next time."""

from celery import shared_task

from consultations import telling, witness
from consultations.models import Seal, Unsealed


@shared_task(name="consultations.tasks.seal")
def seal() -> None:
    """Seal what was recorded of every consultation, and keep the new roots elsewhere too."""
    waiting = Unsealed.objects.order_by().values_list("consultation", flat=True).distinct()
    for consultation_id in waiting:
        witness.keep(Seal.objects.seal(consultation_id))


@shared_task(name="consultations.tasks.mail_roots")
def mail_roots() -> None:
    """Send yesterday's roots to the witnesses."""
    telling.tell_witnesses()
