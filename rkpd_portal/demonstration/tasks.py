"""The slow part of the demonstration, done by a worker. Local mode only: see CELERY_IMPORTS."""

import logging

from celery import shared_task

from rkpd_portal.demonstration import reports

log = logging.getLogger(__name__)


@shared_task(name="rkpd_portal.demonstration.tasks.report_on_past_round")
def report_on_past_round(consultation_id: int) -> None:
    """Make a report, which would keep the first start waiting."""
    for consultation in reports.missing():
        if consultation.pk == consultation_id and (failure := reports.make(consultation)):
            log.warning("no report on %s: %s", consultation.cycle, failure)
