"""Celery tasks: ids in, fetch, one verb. A lost message only means delay; `sweep` finds all."""

import logging
from typing import Any

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from aspirations.models import Event, Report
from aspirations.reporting import LostClaim

log = logging.getLogger(__name__)
SWEEP_LIMIT = 500
# A web request asks the broker once and does not wait for it.
HURRY = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 2}


@shared_task(name="aspirations.tasks.compile_report")
def compile_report(report_id: int) -> None:
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        return
    try:
        report.compile()
    except LostClaim:
        log.warning("report %s was taken over by another worker", report_id)


@shared_task(name="aspirations.tasks.deliver_notice")
def deliver_notice(event_id: int) -> None:
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        event.deliver()


@shared_task(name="aspirations.tasks.sweep")
def sweep() -> None:
    """Send on everything that waits: reports to compile, messages to deliver."""
    for report_id in Report.objects.to_compile().values_list("pk", flat=True)[:SWEEP_LIMIT]:
        compile_report.delay(report_id)
    for event_id in Event.objects.undelivered().values_list("pk", flat=True)[:SWEEP_LIMIT]:
        deliver_notice.delay(event_id)


def nudge(task: Any, row_id: int) -> bool:
    """Ask a worker to start now. False if the broker is away: the sweep will find the row."""
    options = {**current_app.conf.broker_transport_options, **HURRY}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            task.apply_async([row_id], retry=False, connection=connection)
    except OperationalError:
        log.warning("the broker is away; %s %s waits for the sweep", task.name, row_id)
        return False
    return True
