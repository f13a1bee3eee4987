"""The portal's own processes: preparation, web, the two workers and beat."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from rkpd_portal.localstack.child import Child, Stop
from rkpd_portal.localstack.folder import CHECKOUT, Folder
from rkpd_portal.localstack.ports import HOST

WEB_PROCESSES, WEB_THREADS = 2, 2
APPLICATION = "rkpd_portal.asgi:application"
CONNECTIONS = "4096"  # at a time: every phone keeps one open for a while
HEADERS = "65536"  # bytes of a request's head at most
# What docker-compose.yml says in full: which queue, and how many tasks at a time. A process that
# made a report ends, so that its memory is free.
WORKER = ("-n", "worker@%h", "-Q", "celery", "-c", "2")
REPORTS = ("-n", "reports@%h", "-Q", "reports", "-c", "1", "--max-tasks-per-child", "1")


def preparation(folder: Folder, environment: Mapping[str, str], part: str, *options: str) -> Child:
    """One part, database or static, of what must be done before the portal can answer."""
    module = "rkpd_portal.localstack.preparation"
    return python(part, folder, environment, module, f"--{part}", *options)


def web(folder: Folder, environment: Mapping[str, str], port: int) -> Child:
    """The web server, for this computer only; WEB_PROCESSES says how many processes it has."""
    where = ("--host", HOST, "--port", str(port), "--workers", web_processes())
    how = ("--interface", "asginl", "--http", "1", "--no-ws", "--http1-buffer-size", HEADERS)
    lost = ("--respawn-failed-workers", "--workers-kill-timeout", "8")
    many = ("--backlog", CONNECTIONS, "--backpressure", CONNECTIONS)
    own = {**environment, "WEB_THREADS": str(WEB_THREADS)}
    return python("web", folder, own, "granian", *where, *how, *lost, *many, APPLICATION)


def web_processes() -> str:
    return os.environ.get("WEB_PROCESSES", str(WEB_PROCESSES))


def worker(folder: Folder, environment: Mapping[str, str]) -> Child:
    """The worker for mail and everything else that is quick."""
    return _worker("worker", folder, environment, WORKER)


def reports_worker(folder: Folder, environment: Mapping[str, str]) -> Child:
    """The worker for reports, one at a time."""
    return _worker("reports", folder, environment, REPORTS)


def _worker(
    name: str, folder: Folder, environment: Mapping[str, str], options: tuple[str, ...]
) -> Child:
    """A Celery worker. Asked to stop it finishes its task; urged, it gives the task back."""
    arguments = ("-A", "rkpd_portal", "worker", *options, "-l", "INFO", "--without-gossip")
    stops = (Stop(signal.SIGTERM, 60), Stop(signal.SIGQUIT, 12))
    child = python(name, folder, environment, "celery", *arguments, stops=stops)
    child.orphaned = signal.SIGQUIT
    return child


def beat(folder: Folder, environment: Mapping[str, str]) -> Child:
    """The clock that sends the periodic tasks."""
    schedule = str(folder.part("beat") / "schedule")
    arguments = (
        "-A",
        "rkpd_portal",
        "beat",
        "-l",
        "INFO",
        "--pidfile=",
        "-s",
        schedule,
    )
    return python("beat", folder, environment, "celery", *arguments)


def python(
    name: str,
    folder: Folder,
    environment: Mapping[str, str],
    module: str,
    *arguments: str,
    stops: tuple[Stop, ...] = (Stop(signal.SIGTERM, 10), Stop(signal.SIGKILL, 5)),
) -> Child:
    """A Python module as a child, running at the root of the checkout."""
    command: list[str | Path] = [sys.executable, "-m", module, *arguments]
    log = folder.log(name)
    return Child(name, command, log, stops, environment=environment, folder=CHECKOUT)
