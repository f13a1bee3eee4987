"""Housekeeping that belongs to no app, and the demonstration's slow part."""

import logging

from celery import shared_task
from django.core.management import call_command

from rkpd_portal.demonstration import reports

log = logging.getLogger(__name__)


@shared_task(name="rkpd_portal.tasks.clear_sessions")
def clear_sessions() -> None:
    """Delete the sessions that have run out."""
    call_command("clearsessions")


@shared_task(name="rkpd_portal.tasks.report_on_past_round")
def report_on_past_round(consultation_id: int) -> None:
    """Make a report of the demonstration that would keep its first start waiting."""
    for consultation in reports.missing():
        if consultation.pk == consultation_id and (failure := reports.make(consultation)):
            log.warning("no report on %s: %s", consultation.cycle, failure)
