"""Real processes for tests: the portal's web server, worker and beat on the test's own database."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from rkpd_portal.localstack import portal

ROOT = Path(__file__).parent.parent
CELERY = ("celery", "-A", "rkpd_portal")
PATIENCE = 60.0  # seconds until a process must have done what a test waits for


def environment(**changes: str) -> dict[str, str]:
    """The environment that leads a process to the test's database, broker and files."""
    database = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(
        **connection.settings_dict
    )
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PORTAL_MODE": "local",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "VAR_DIR": str(settings.VAR_DIR),
        "MFA_EXEMPT_EMAILS": ",".join(settings.MFA_EXEMPT_EMAILS),
        **changes,
    }


@contextmanager
def running(
    command: list[str], env: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own that is stopped at the end; its output is in `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(PATIENCE)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until the condition holds; fail with `what` was expected when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds:.0f} s in vain for {what}."
        time.sleep(0.2)


def answers(url: str) -> bool:
    """Whether a web server answers with success there."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def web_server(port: int, env: dict[str, str], log: Path) -> Iterator[str]:
    """The portal's web server; gives its address once it answers."""
    address = f"http://127.0.0.1:{port}"
    how = ["--interface", "asginl", "--http", "1", "--no-ws"]
    command = ["granian", *how, "rkpd_portal.asgi:application"]
    own = env | {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "SITE_URL": address}
    with running(command, own, log):
        wait_until(lambda: answers(f"{address}/healthz"), "the web server")
        yield address


@contextmanager
def worker(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The worker for all that is quick, as bin/run starts it."""
    with running([*CELERY, "worker", *portal.WORKER], env, log) as process:
        yield process


@contextmanager
def reports_worker(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The worker for reports, as bin/run starts it."""
    with running([*CELERY, "worker", *portal.REPORTS], env, log) as process:
        yield process
