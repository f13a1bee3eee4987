"""Reports survive a dead worker, a dead broker and a full disk. Real processes, real kills."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import Consultation
from reports.compiling import compile_report
from reports.models import Report
from tests import processes
from tests.faults.stack import (
    PATIENCE,
    ROOM,
    Broker,
    Stack,
    ask_for_public_report,
    assert_published_once,
    is_alive,
    is_ready,
    is_under_way,
    is_unfinished,
    wait_for,
)
from tests.languages import in_english

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_report_is_finished_once_after_its_worker_was_killed(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
) -> None:
    broker.start()
    here = stack(6)
    here.start_worker()
    worker = here.start_reports_worker()
    report = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()
    wait_for(report, is_under_way, "the report to be under way")

    whole_group = worker.children(recursive=True)
    os.killpg(worker.pid, signal.SIGKILL)
    psutil.wait_procs(whole_group, timeout=10)
    report.refresh_from_db()
    left_behind = (report.state, report.attempts, default_storage.exists("reports"))
    here.start_reports_worker()
    wait_for(report, is_ready, "the report to be finished by the next worker")

    assert left_behind == (Report.State.COMPILING, 1, False)
    assert report.attempts > 1
    assert_published_once([report])


def test_worker_survives_the_loss_of_its_broker_under_a_running_task(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
) -> None:
    """Why Celery is pinned to 5.6.3.

    With acks_late, two places and one running task, a worker of Celery 5.7.0 ends with
    `'NoneType' object has no attribute 'hostname'` when the broker is lost: docs/decisions.
    """
    broker.start()
    here = stack(90)
    worker = here.start_worker_for_all()
    first = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()
    wait_for(first, is_under_way, "the report to be under way")

    broker.kill()
    wait_for(first, is_ready, "the report to be finished without a broker")
    broker.start()
    second = ask_for_public_report(consultation_with_many, planner)
    wait_for(
        second,
        lambda report: is_ready(report) or not is_alive(worker),
        "the same worker to compile a next report",
    )

    assert is_alive(worker)
    assert is_ready(second)
    assert (first.attempts, second.attempts) == (1, 1)
    assert_published_once([first, second])


def test_report_that_was_asked_for_without_a_broker_is_compiled_when_it_is_back(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
    sign_in: Callable[[User], Client],
    nudges_reach_it: None,
) -> None:
    here = stack(90)
    here.start_worker()
    here.start_reports_worker()
    here.start_beat()
    address = reverse("reporting:request", args=[consultation_with_many.slug])

    answer = in_english(sign_in(planner)).post(address, follow=True)
    waiting = list(Report.objects.values_list("state", flat=True))
    broker.start()
    reports = list(Report.objects.all())
    for report in reports:
        wait_for(report, is_ready, "the report that waited")

    assert "The report waits" in answer.content.decode()
    assert waiting == [Report.State.QUEUED] * 2
    assert_published_once(reports)


def test_report_that_found_no_room_says_so_and_can_be_tried_again(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
    tmp_path: Path,
) -> None:
    broker.start()
    here = stack(90)
    here.start_worker()
    report = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()

    with here.worker_without_room():
        processes.wait_until(lambda: not is_unfinished(report), "the disk to be full", PATIENCE)
    stored = reports_in(tmp_path / "media")
    said = report.failure
    report.retry(by=planner)
    here.start_reports_worker()
    wait_for(report, is_ready, "the report to be stored when there is room again")

    assert stored == []
    assert said == (
        "Server tidak punya ruang lagi untuk berkas ini, jadi tidak ada yang disimpan. "
        "Minta administrator mengosongkan ruang disk, lalu coba lagi."
    )
    assert report.size > ROOM
    assert_published_once([report])


def reports_in(media: Path) -> list[Path]:
    """Every file, whole or not, but for the root of the record that is kept there."""
    files = [path for path in media.rglob("*") if path.is_file()]
    return [path for path in files if "record" not in path.parts]


# The kernel ends the process in the middle of a write, as kill -9 would: nothing runs after it.
KILLED_WHILE_STORING = """
import resource, signal, sys, django
django.setup()
from reports import compiling, freezing
from reports.kinds.consultation.manuscript import manuscript_of
from reports.kinds.consultation.writing import write_pdf
from reports.models import Report
report = Report.objects.get(code=sys.argv[1])
assert report.claim(worker="killed/1")
freezing.freeze(report.snapshot)
compiled = write_pdf(manuscript_of(report), report.advance)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
compiling.hand_over(report, compiled)
"""


def test_report_is_taken_up_again_after_a_kill_in_the_middle_of_storing_it(
    consultation_with_many: Consultation, planner: User, tmp_path: Path
) -> None:
    report = ask_for_public_report(consultation_with_many, planner)
    env = processes.environment(
        VAR_DIR=str(tmp_path),
        REPORT_LEASE_SECONDS="1",
        DJANGO_SETTINGS_MODULE="rkpd_portal.settings",
    )

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_STORING, report.code], cwd=processes.ROOT, env=env
    )
    left = reports_in(tmp_path / "media")
    processes.wait_until(lambda: Report.objects.to_compile().exists(), "the lease to run out")
    compile_report(report)

    assert killed.returncode == -signal.SIGXFSZ
    assert [(path.parent.name, path.stat().st_size) for path in left] == [(".unfinished", 100_000)]
    assert (report.state, report.attempts) == (Report.State.READY, 2)
    assert_published_once([report])
