"""A living worker keeps its report, a dead one loses it, nobody's mail waits. Real processes."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from accounts.models import User
from accounts.nudging import nudge
from aspirations.models import Delivery
from consultations.models import ChapterText, Consultation
from reports.models import Report, ReportEvent
from reports.tasks import compile_report
from tests import factories, processes
from tests.faults.stack import (
    PATIENCE,
    Broker,
    Stack,
    ask_for_public_report,
    assert_published_once,
    is_ready,
    is_under_way,
    is_unfinished,
    wait_for,
)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
MEGABYTE = 1024 * 1024

# A layout that computes for five leases without a word, before it goes on as always.
SILENT = """
import sys, time, django
django.setup()
from reports.compiling import compile_report
from reports.kinds.consultation import writing
from reports.models import Report
really = writing.write_pdf
def write_pdf(manuscript, progress):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        sum(range(1000))
    return really(manuscript, progress)
writing.write_pdf = write_pdf
assert compile_report(Report.objects.get(code=sys.argv[1]))
"""


def claims_of(report: Report) -> int:
    return report.events.filter(verb=ReportEvent.Verb.CLAIMED).count()


def test_silent_worker_keeps_its_report_while_others_look_for_work(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
) -> None:
    broker.start()
    here = stack(2)
    report = ask_for_public_report(consultation_with_many, planner)
    env = here.env | {"DJANGO_SETTINGS_MODULE": "rkpd_portal.settings"}

    with processes.running([sys.executable, "-c", SILENT, report.code], env, here.new_log()) as it:
        wait_for(report, lambda one: one.state == Report.State.COMPILING, "the silent worker")
        here.start_worker()
        here.start_reports_worker()
        here.start_beat()
        ended = it.wait(PATIENCE)

    report.refresh_from_db()
    assert ended == 0
    assert is_ready(report)
    assert (report.attempts, claims_of(report)) == (1, 1)
    assert_published_once([report])


def test_report_that_is_delivered_five_times_to_two_workers_is_compiled_by_one(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
    nudges_reach_it: None,
) -> None:
    broker.start()
    here = stack(4)
    for _worker in range(2):
        here.start_reports_worker()
    report = ask_for_public_report(consultation_with_many, planner)

    for _delivery in range(5):
        assert nudge(compile_report, report.pk)
    wait_for(report, is_ready, "the report")

    assert (report.attempts, claims_of(report)) == (1, 1)
    assert_published_once([report])


def test_worker_that_stands_still_is_dead_and_spoils_nothing_when_it_wakes(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
) -> None:
    broker.start()
    here = stack(4)
    here.start_worker()
    sleeper = here.start_reports_worker()
    report = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()
    wait_for(report, is_under_way, "the report to be under way")
    first = psutil.Process(int(report.worker.split("/")[1]))

    os.killpg(sleeper.pid, signal.SIGSTOP)
    try:
        here.start_reports_worker()
        wait_for(report, is_ready, "the next worker")
    finally:
        os.killpg(sleeper.pid, signal.SIGCONT)
    psutil.wait_procs([first], timeout=PATIENCE)

    assert not first.is_running()
    assert (report.attempts, claims_of(report)) == (2, 2)
    assert_published_once([report])


def test_receipt_is_sent_while_reports_are_compiled(
    consultation_with_many: Consultation,
    chapter_text: ChapterText,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
    tmp_path: Path,
) -> None:
    broker.start()
    here = stack(10)
    here.start_worker()
    here.start_reports_worker()
    reports = Report.objects.request(consultation_with_many, by=planner)
    here.start_beat()
    wait_for(reports[0], is_under_way, "the first report to be under way")

    aspiration = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    receipt = Delivery.objects.filter(event__aspiration=aspiration)
    processes.wait_until(lambda: receipt.filter(outcome="sent").exists(), "the receipt")
    still_at_work = [is_unfinished(report) for report in reports]

    assert True in still_at_work
    [mail] = (tmp_path / "mail").glob("*.eml")
    assert aspiration.code in mail.read_text()
    for report in reports:
        wait_for(report, is_ready, "both reports")


def test_process_that_made_a_report_is_gone_with_its_memory(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
    nudges_reach_it: None,
) -> None:
    broker.start()
    worker = stack(60).start_reports_worker()
    processes.wait_until(lambda: bool(worker.children()), "the worker's first process")
    before = memory_of(worker)
    report = ask_for_public_report(consultation_with_many, planner)

    assert nudge(compile_report, report.pk)
    wait_for(report, lambda one: one.stage == "drawing", "the report to be drawn")
    during = memory_of(worker)
    wait_for(report, is_ready, "the report")
    maker = int(report.worker.split("/")[1])
    processes.wait_until(lambda: not psutil.pid_exists(maker), "the process to end")
    processes.wait_until(lambda: bool(worker.children()), "the process after it")

    assert during > before + 50 * MEGABYTE
    assert memory_of(worker) < before + 25 * MEGABYTE


def memory_of(worker: psutil.Process) -> int:
    """Bytes that the worker and its processes keep for themselves alone."""
    return sum(each.memory_full_info().uss for each in [worker, *worker.children(recursive=True)])
