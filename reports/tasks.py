"""Celery tasks: ids in, fetch, one call. A lost message only means delay; the sweep finds all."""

import logging

from celery import shared_task

from accounts.nudging import waiting
from reports import checking
from reports.compiling import compile_report as make
from reports.errors import LostClaim
from reports.models import Report

log = logging.getLogger(__name__)
SWEPT_AT_ONCE = 500


@shared_task(name="reports.tasks.compile_report")
def compile_report(report_id: int) -> None:
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        return
    try:
        make(report)
    except LostClaim:
        log.warning("report %s was taken over by another worker", report_id)


@shared_task(name="reports.tasks.sweep")
def sweep() -> None:
    """Send on every report that waits, or that a dead worker left behind.

    Not while messages wait: one report can take an hour, and each sweep would add another for
    every report behind it.
    """
    if waiting("reports"):
        return
    for report_id in Report.objects.to_compile().values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        compile_report.delay(report_id)


@shared_task(name="reports.tasks.check_record")
def check_record() -> None:
    """Look at the whole record by night; what does not hold shows on /readyz and in the log."""
    for sentence in checking.check_all():
        log.error("the record does not hold: %s", sentence)
