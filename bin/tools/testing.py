"""bin/test: pytest on a PostgreSQL and a Valkey of its own, which are gone afterwards.

`bin/test quick` leaves out what needs a browser, starts processes or takes seconds.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from rkpd_portal.localstack import portal, static_files
from rkpd_portal.localstack.child import Child, die_with_parent
from rkpd_portal.localstack.folder import CHECKOUT, Folder, lock
from rkpd_portal.localstack.interruption import Interrupted, Interruption
from rkpd_portal.localstack.postgres import ADMINISTRATOR, PORTAL, Postgres
from rkpd_portal.localstack.terminal import Problem, run_command, say
from rkpd_portal.localstack.valkey import Valkey

START_SECONDS = 60.0
QUICK = ("-m", "not browser and not processes and not slow")
INTERRUPTED = 130  # the exit code of a command that Ctrl-C stopped


def main() -> int:
    """Run pytest with our own arguments and give back its exit code."""
    place = Folder.from_environment()
    remove_abandoned(place.path)
    folder = Folder(place.part(f"test-{os.getpid()}"))
    interruption = Interruption()
    interruption.listen()
    try:
        with servers(folder, interruption) as environment:
            lend_static_files(place, folder, environment)
            return run_pytest(pytest_arguments(sys.argv[1:]), environment, interruption)
    except Interrupted:
        return INTERRUPTED
    finally:
        shutil.rmtree(folder.path, ignore_errors=True)


def pytest_arguments(given: list[str]) -> list[str]:
    """What the person typed, the word `quick` at the beginning replaced by what it means."""
    return [*QUICK, *given[1:]] if given[:1] == ["quick"] else given


def remove_abandoned(place: Path) -> None:
    """Remove the folders of runs that were killed."""
    for folder in place.glob("test-*"):
        pid = folder.name.removeprefix("test-")
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def servers(folder: Folder, interruption: Interruption) -> Iterator[dict[str, str]]:
    """Throw-away servers, and the environment that leads the portal to them."""
    postgres = Postgres(folder.part("postgres"), folder.log("postgres"), durable=False)
    valkey = Valkey(folder.part("valkey"), folder.log("valkey"))
    try:
        for server in (valkey, postgres):
            server.prepare()
            server.child.start()
        for server in (valkey, postgres):
            if not interruption.wait_until(server.is_ready, seconds=START_SECONDS):
                raise Problem(f"{server.child.name} does not start: {server.log.read_text()}")
        yield environment_for(folder, postgres, valkey)
    finally:
        end(valkey.child)
        end(postgres.child)


def end(child: Child) -> None:
    """Stop a server whose data nobody wants, at once."""
    child.stop(lambda: True)


def environment_for(folder: Folder, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    return {
        "PORTAL_MODE": "local",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": postgres.url_of(ADMINISTRATOR),  # makes the databases of the tests
        "PORTAL_DATABASE_PASSWORD": postgres.password_of(PORTAL),  # as whom they run
        "REDIS_URL": valkey.url,
        "VAR_DIR": str(folder.path),
        "SITE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MFA_EXEMPT_EMAILS": "",
    }


def lend_static_files(place: Folder, folder: Folder, environment: dict[str, str]) -> None:
    """Give the run its static files. Compressing takes seconds, so runs share the result."""
    shelf = Folder(place.part("test-static"))
    with lock(shelf.path / "lock", wait=True):
        if not static_files.are_current(shelf.path):
            collect(shelf, environment)
        copy_static_files(shelf.path, folder.path)


def collect(shelf: Folder, environment: dict[str, str]) -> None:
    child = portal.preparation(shelf, environment | {"VAR_DIR": str(shelf.path)}, "static")
    child.start()
    if child.process and child.process.wait():
        say(child.log.read_text())
        raise Problem("The static files could not be collected: see above.")


def copy_static_files(source: Path, target: Path) -> None:
    """Copy collected static files with their stamp, by links: no time and no space."""
    shutil.copytree(source / "static", target / "static", copy_function=os.link)
    shutil.copy(source / "static.stamp", target)


def run_pytest(
    arguments: list[str], environment: dict[str, str], interruption: Interruption
) -> int:
    """Run pytest on our terminal: Ctrl-C reaches it directly, SIGTERM through us."""
    interruption.check()
    pytest = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
    signal.signal(signal.SIGTERM, lambda *_: pytest.send_signal(signal.SIGINT))
    code = pytest.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(run_command(main))
