"""Celery tasks: the sealer and its like. What one does not reach now, it finds the next time."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from consultations import telling, witness
from consultations.models import Change, Consultation, Seal, Unsealed
from consultations.models.record import UNREADABLE

log = logging.getLogger(__name__)
FRESH = timedelta(hours=1)


@shared_task(name="consultations.tasks.seal")
def seal() -> None:
    """Seal what was recorded of every consultation, and keep the new roots elsewhere too. A root
    of the last hour that could not be kept, for want of room, is tried again; later by night."""
    waiting = Unsealed.objects.order_by().values("consultation")
    fresh = Seal.objects.filter(at__gte=timezone.now() - FRESH).order_by().values("consultation")
    found = Consultation.objects.filter(Q(pk__in=waiting) | Q(pk__in=fresh))
    for consultation in found.only("slug"):  # no other column matters, odd as it may be
        try:
            _seal(consultation)
        except UNREADABLE:  # no reason to leave the others
            log.exception("what waits in %s cannot be sealed", consultation.slug)


def _seal(consultation: Consultation) -> None:
    try:
        Seal.objects.seal(consultation.pk)
    finally:
        witness.keep(consultation)


@shared_task(name="consultations.tasks.mail_roots")
def mail_roots() -> None:
    """Send yesterday's roots to the witnesses."""
    telling.tell_witnesses()


@shared_task(name="consultations.tasks.forget_changes")
def forget_changes() -> None:
    """Delete the changes that every process has long seen."""
    Change.objects.forget_old()
