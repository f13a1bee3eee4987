"""PostgreSQL and Valkey over a folder of data, and web servers on them: the portal's, the floor's.

No worker and no beat unless asked for: what a page costs is measured, not what is done behind it.
"""

import contextlib
import http.client
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from bin.tools.bench.figures import cpu_seconds
from bin.tools.testing import lend_static_files
from rkpd_portal.demonstration.cast import ACCOUNTS, email_of
from rkpd_portal.localstack import portal
from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.folder import Folder, kept_secret
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.postgres import ADMINISTRATOR, Postgres
from rkpd_portal.localstack.terminal import Problem
from rkpd_portal.localstack.valkey import Valkey

START_SECONDS = 120.0
LOOK_EVERY = 0.02
FLOOR = "bin.tools.bench.floor"


@dataclass(frozen=True)
class Web:
    """A web server that answers."""

    child: Child
    port: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.child.pid)


class Stack:
    """The servers of one folder. `durable=False` is for filling it only."""

    def __init__(self, folder: Folder, *, durable: bool = True) -> None:
        self.folder = folder
        log = folder.log("postgres")
        self.postgres = Postgres(folder.part("postgres"), log, durable=durable)
        self.valkey = Valkey(folder.part("valkey"), folder.log("valkey"))
        self.children: list[Child] = []  # in the order of stopping

    def start(self) -> None:
        """The two servers."""
        for server in (self.valkey, self.postgres):
            server.prepare()
            self.launch(server.child, server.is_ready)

    def stop(self) -> None:
        for child in self.children:
            child.stop()

    def launch(self, child: Child, is_ready: Callable[[], bool]) -> None:
        """Start it and wait until it is ready. Raises Problem with its log."""
        child.start()
        self.children.insert(0, child)
        end = time.monotonic() + START_SECONDS
        while not is_ready():
            if not child.is_running() or time.monotonic() > end:
                log = child.log.read_text(errors="replace")
                raise Problem(f"{child.name} does not start:\n{log}")
            time.sleep(LOOK_EVERY)

    def environment(self, **settings: str) -> dict[str, str]:
        """What leads a process to this stack, with settings of its own."""
        return {
            "PORTAL_MODE": "local",
            "SECRET_KEY": kept_secret(self.folder.path / "secret-key"),
            "ALLOWED_HOSTS": HOST,
            "VAR_DIR": str(self.folder.path),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "TRUSTED_PROXY_COUNT": "1",  # each sender comes from an address of their own
            "MFA_EXEMPT_EMAILS": ",".join(email_of(short) for short, *_ in ACCOUNTS),
            **settings,
        }

    def run(self, name: str, module: str, *arguments: str, **settings: str) -> None:
        """One of the portal's own commands, to its end. Raises Problem with its log."""
        environment = self.environment(**settings)
        child = portal.python(name, self.folder, environment, module, *arguments)
        child.start()
        self.children.insert(0, child)
        while child.is_running():
            time.sleep(LOOK_EVERY)
        self.children.remove(child)
        if child.exit_code:
            raise Problem(f"{name} failed:\n{child.log.read_text(errors='replace')}")

    # Web servers --------------------------------------------------------------------------

    def portal(self) -> Web:
        """The portal as bin/run starts it."""
        port = free_port()
        environment = self.environment(SITE_URL=f"http://{HOST}:{port}")
        self.lend_static_files(environment)
        return self.serve(portal.web(self.folder, environment, port), port, "/healthz")

    def work(self) -> None:
        """Both workers and the clock: the sealer runs, mail goes out."""
        environment = self.environment()
        for program in (portal.worker, portal.reports_worker, portal.beat):
            child = program(self.folder, environment)
            self.launch(child, child.is_running)

    def floor(self, name: str, **settings: str) -> Web:
        """The floor, served by the very command that serves the portal."""
        port = free_port()
        own = {"DJANGO_SETTINGS_MODULE": f"{FLOOR}.settings", **settings}
        child = portal.web(self.folder, self.environment(**own), port)
        command = [*child.command[:-1], f"{FLOOR}.application:application"]
        child = replace(child, name=name, command=command, log=self.folder.log(name))
        return self.serve(child, port, "/")

    def make_floor_table(self) -> None:
        """The table of the floor's form, as the owner of the database."""
        settings = {
            "DJANGO_SETTINGS_MODULE": f"{FLOOR}.settings",
            "DATABASE_URL": self.postgres.owner_url,
        }
        self.run("floor-table", "django", "migrate", "--run-syncdb", "-v", "0", **settings)

    def serve(self, child: Child, port: int, path: str) -> Web:
        self.launch(child, lambda: answers(port, path))
        return Web(child, port)

    def lend_static_files(self, environment: Mapping[str, str]) -> None:
        """Those of today's checkout."""
        shutil.rmtree(self.folder.path / "static", ignore_errors=True)
        lend_static_files(Folder.from_environment(), self.folder, dict(environment))

    # Data ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection as the administrator, each statement for itself."""
        url = self.postgres.url_of(ADMINISTRATOR)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def count(self, table: str) -> int:
        with self.database() as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            return int(row[0]) if row else 0


@contextlib.contextmanager
def running(folder: Folder, *, durable: bool = True) -> Iterator[Stack]:
    """A stack from its start to its end."""
    stack = Stack(folder, durable=durable)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def answers(port: int, path: str) -> bool:
    """Whether there is a page."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": HOST})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
