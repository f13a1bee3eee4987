"""The portal's workers, clock and broker as processes that a test may kill."""

import hashlib
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psutil
from django.core.files.storage import default_storage

from accounts.models import User
from consultations.models import Consultation
from reports.models import Report
from rkpd_portal.localstack import portal
from rkpd_portal.localstack.valkey import Valkey
from tests import processes

ROWS = 150  # enough pages that a kill lands in the middle of the work
PATIENCE = 240
ROOM = 300 * 1024  # less than the report needs, more than a typeface, which is written as well


class Broker:
    """A Valkey of the test's own that is killed and comes back on the same port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.server = Valkey(folder, folder / "log")
        self.url = self.server.url

    def start(self) -> None:
        self.server.prepare()
        self.server.child.start()
        processes.wait_until(self.server.is_ready, "the broker")

    def kill(self) -> None:
        """kill -9."""
        self.server.child.sweep()


class Stack:
    """The worker and the clock of the portal on the test's database and broker."""

    def __init__(self, broker: Broker, folder: Path, lease_seconds: int) -> None:
        self.folder = folder
        self.env = processes.environment(
            REDIS_URL=broker.url,
            VAR_DIR=str(folder),  # so MEDIA_ROOT is the test's own, see `own_files`
            REPORT_LEASE_SECONDS=str(lease_seconds),
            SWEEP_SECONDS="1",
        )
        self.ends = ExitStack()
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_error: object) -> None:
        """Ask all of them to end at once, then wait for each."""
        for process in self.started:
            process.terminate()
        self.ends.close()

    def start_worker(self) -> psutil.Process:
        """The worker for all that is quick, the sweeps among it."""
        return self._start(processes.worker(self.env, self.new_log()))

    def start_reports_worker(self) -> psutil.Process:
        return self._start(processes.reports_worker(self.env, self.new_log()))

    def start_worker_for_all(self) -> psutil.Process:
        """One worker with two places for both queues, as a small installation may have it."""
        command = [*processes.CELERY, "worker", "-Q", "celery,reports", "-c", "2"]
        return self._start(processes.running(command, self.env, self.new_log()))

    def _start(self, process: AbstractContextManager["subprocess.Popen[bytes]"]) -> psutil.Process:
        self.started.append(self.ends.enter_context(process))
        return psutil.Process(self.started[-1].pid)

    @contextmanager
    def worker_without_room(self) -> Iterator[None]:
        """A worker for reports whose kernel refuses every file beyond ROOM in mid-write."""
        worker = shlex.join([*processes.CELERY, "worker", *portal.REPORTS])
        command = ["dash", "-c", f"ulimit -f {ROOM // 512}; exec {worker}"]
        with processes.running(command, self.env, self.new_log()):
            yield

    def new_log(self) -> Path:
        return self.folder / f"worker-{len(list(self.folder.glob('worker-*')))}.log"

    def start_beat(self) -> None:
        schedule = str(self.folder / "schedule")
        command = ["celery", "-A", "rkpd_portal", "beat", "--pidfile=", "-s", schedule]
        log = self.folder / "beat.log"
        self._start(processes.running(command, self.env, log))


def wait_for(report: Report, condition: Callable[[Report], bool], what: str) -> None:
    def holds() -> bool:
        report.refresh_from_db()
        assert report.state != Report.State.FAILED, report.failure
        return condition(report)

    processes.wait_until(holds, what, PATIENCE)


def is_under_way(report: Report) -> bool:
    return report.state == Report.State.COMPILING and report.stage == "laying_out"


def is_ready(report: Report) -> bool:
    return report.state == Report.State.READY


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def ask_for_public_report(consultation: Consultation, by: User) -> Report:
    """One report, so that the worker keeps a free place beside the one that compiles."""
    reports = Report.objects.request(consultation, by=by)
    Report.objects.filter(edition="internal").update(state="failed", failure="Tidak dipakai.")
    return Report.objects.get(snapshot=reports[0].snapshot, edition="public")


def assert_published_once(reports: list[Report]) -> None:
    """One whole file per report, and no other."""
    _folders, files = default_storage.listdir("reports")
    assert sorted(files) == sorted(Path(report.file).name for report in reports)
    for report in reports:
        with default_storage.open(report.file) as file:
            assert hashlib.sha256(file.read()).hexdigest() == report.sha256
        assert report.row_count == ROWS


def is_unfinished(report: Report) -> bool:
    report.refresh_from_db()
    return report.is_unfinished
