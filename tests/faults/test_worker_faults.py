"""Reports survive a dead worker, a dead broker and a full disk. Real processes, real kills."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText, Consultation
from reports.compiling import compile_report
from reports.models import Report
from rkpd_portal.localstack.valkey import Valkey
from tests import factories, processes
from tests.languages import in_english

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
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


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "valkey")
    yield broker
    broker.kill()


@pytest.fixture
def consultation_with_many(chapter_text: ChapterText, planner: User) -> Consultation:
    for _number in range(ROWS):
        factories.make_accepted(chapter_text, planner)
    return chapter_text.draft.consultation


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

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_error: object) -> None:
        self.ends.close()

    def start_worker(self) -> psutil.Process:
        return psutil.Process(
            self.ends.enter_context(processes.worker(self.env, self.new_log())).pid
        )

    @contextmanager
    def worker_without_room(self) -> Iterator[None]:
        """A worker whose kernel refuses every file beyond ROOM in the middle of a write."""
        limited = f"ulimit -f {ROOM // 512}; exec celery -A rkpd_portal worker -c 2"
        command = ["dash", "-c", limited]
        with processes.running(command, self.env, self.new_log()):
            yield

    def new_log(self) -> Path:
        return self.folder / f"worker-{len(list(self.folder.glob('worker-*')))}.log"

    def start_beat(self) -> None:
        schedule = str(self.folder / "schedule")
        command = ["celery", "-A", "rkpd_portal", "beat", "--pidfile=", "-s", schedule]
        log = self.folder / "beat.log"
        self.ends.enter_context(processes.running(command, self.env, log))


@pytest.fixture
def stack(broker: Broker, tmp_path: Path) -> Iterator[Callable[[int], Stack]]:
    """Makes a stack with a lease of so many seconds; all of it is stopped at the end."""
    with ExitStack() as ends:
        yield lambda lease: ends.enter_context(Stack(broker, tmp_path, lease))


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


def test_report_is_finished_once_after_its_worker_was_killed(
    consultation_with_many: Consultation,
    planner: User,
    broker: Broker,
    stack: Callable[[int], Stack],
) -> None:
    broker.start()
    here = stack(6)
    worker = here.start_worker()
    report = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()
    wait_for(report, is_under_way, "the report to be under way")

    whole_group = worker.children(recursive=True)
    os.killpg(worker.pid, signal.SIGKILL)
    psutil.wait_procs(whole_group, timeout=10)
    report.refresh_from_db()
    left_behind = (report.state, report.attempts, default_storage.exists("reports"))
    here.start_worker()
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
    worker = here.start_worker()
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
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", broker.url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", broker.url)
    here = stack(90)
    here.start_worker()
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
    report = ask_for_public_report(consultation_with_many, planner)
    here.start_beat()

    with here.worker_without_room():
        processes.wait_until(lambda: not is_unfinished(report), "the disk to be full", PATIENCE)
    stored = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    said = report.failure
    report.retry(by=planner)
    here.start_worker()
    wait_for(report, is_ready, "the report to be stored when there is room again")

    assert stored == []
    assert said == (
        "Server tidak punya ruang lagi untuk berkas ini, jadi tidak ada yang disimpan. "
        "Minta administrator mengosongkan ruang disk, lalu coba lagi."
    )
    assert report.size > ROOM
    assert_published_once([report])


def is_unfinished(report: Report) -> bool:
    report.refresh_from_db()
    return report.is_unfinished


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
    left = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    processes.wait_until(lambda: Report.objects.to_compile().exists(), "the lease to run out")
    compile_report(report)

    assert killed.returncode == -signal.SIGXFSZ
    assert [(path.parent.name, path.stat().st_size) for path in left] == [(".unfinished", 100_000)]
    assert (report.state, report.attempts) == (Report.State.READY, 2)
    assert_published_once([report])
