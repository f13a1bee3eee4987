"""The whole portal in a folder of its own: two servers, two webs, the workers, beat, and mail."""

import http.client
import os
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bin.tools.chaos.disk import Disk
from bin.tools.chaos.keeping import Keeper
from bin.tools.chaos.mailserver import MailServer
from bin.tools.testing import copy_static_files, lend_static_files
from rkpd_portal.localstack import portal, static_files
from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.folder import Folder, kept_secret
from rkpd_portal.localstack.interruption import Interruption
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.postgres import Postgres
from rkpd_portal.localstack.terminal import Problem
from rkpd_portal.localstack.valkey import Valkey

START_SECONDS = 90.0
# Short, so that a minute sees many of each; what they are in production only takes longer.
HASTE = {
    "SWEEP_SECONDS": "2",
    "SEAL_SECONDS": "2",
    "REPORT_LEASE_SECONDS": "10",
    "MAIL_PAUSE_SECONDS": "4",
}


class Stack:
    """Everything that runs. `keepers` stand in the order of stopping."""

    def __init__(self, folder: Folder, interruption: Interruption) -> None:
        self.folder, self.interruption = folder, interruption
        self.postgres = Postgres(folder.part("postgres"), folder.log("postgres"))
        self.valkey = Valkey(folder.part("valkey"), folder.log("valkey"))
        self.disk = Disk(folder.path / "media")
        self.mail = MailServer()
        self.ports = [free_port(), free_port()]
        self.webs: list[Keeper] = []
        self.workers: list[Keeper] = []
        self.reports_workers: list[Keeper] = []
        self.beat: list[Keeper] = []
        self.servers = [Keeper(self.valkey.child), Keeper(self.postgres.child)]

    @property
    def processes(self) -> list[Keeper]:
        """The processes of the portal itself."""
        return [*self.webs, *self.beat, *self.workers, *self.reports_workers]

    @property
    def keepers(self) -> list[Keeper]:
        return [*self.processes, *self.servers]

    def environment(self) -> dict[str, str]:
        """What leads a process to this stack."""
        return {
            "PORTAL_MODE": "local",
            "DJANGO_SETTINGS_MODULE": "bin.tools.chaos.settings",
            "SECRET_KEY": kept_secret(self.folder.path / "secret-key"),
            "SITE_URL": f"http://{HOST}:{self.ports[0]}",
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "TRUSTED_PROXY_COUNT": "1",  # each resident comes from an address of their own
            "VAR_DIR": str(self.folder.path),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "CHAOS_MAIL_PORT": str(self.mail.port),
            **HASTE,
        }

    # Up -----------------------------------------------------------------------------------

    def start_servers(self, place: Folder) -> None:
        """Disk, mail, Valkey, PostgreSQL, the static files and a migrated database."""
        self.disk.mount()
        self.mail.start()
        for server in (self.valkey, self.postgres):
            server.prepare()
            server.child.start()
        self.lend_static_files(place)
        for server in (self.valkey, self.postgres):
            self.wait_until(server.is_ready, server.child.name)
        owner = {"OWNER_DATABASE_URL": self.postgres.owner_url}
        self.run_to_its_end(portal.preparation(self.folder, self.environment() | owner, "database"))

    def lend_static_files(self, place: Folder) -> None:
        """Those that a run of bin/run or bin/test left, else new ones."""
        if static_files.are_current(place.path):
            copy_static_files(place.path, self.folder.path)
        else:
            lend_static_files(place, self.folder, self.environment())

    def run_to_its_end(self, child: Child) -> None:
        child.start()
        self.wait_until(lambda: not child.is_running(), child.name)
        if child.exit_code:
            raise Problem(f"{child.name} failed:\n{child.log.read_text()}")

    def start_portal(self, exempt: Sequence[str]) -> None:
        """Web, workers and beat. `exempt` may reach the desk with a password alone."""
        environment = self.environment() | {"MFA_EXEMPT_EMAILS": ",".join(exempt)}
        for number, port in enumerate(self.ports, start=1):
            web = portal.web(self.folder, environment, port)
            self.webs.append(Keeper(self.named(web, f"web-{number}")))
        for number in (1, 2):
            worker = portal.worker(self.folder, environment)
            self.workers.append(Keeper(self.node(worker, f"worker-{number}")))
            reports_worker = portal.reports_worker(self.folder, environment)
            self.reports_workers.append(Keeper(self.node(reports_worker, f"reports-{number}")))
        self.beat.append(Keeper(portal.beat(self.folder, environment)))
        for keeper in self.processes:
            keeper.child.start()
        self.wait_until(lambda: all(map(is_ready, self.ports)), "The portal")

    def node(self, worker: Child, name: str) -> Child:
        """One of several workers, which tell themselves apart by their names."""
        worker.command = [*worker.command, "-n", f"{name}@%h"]
        return self.named(worker, name)

    def named(self, child: Child, name: str) -> Child:
        """One of several of its kind, with a log of its own."""
        return replace(child, name=name, log=self.folder.log(name))

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        if not self.interruption.wait_until(condition, seconds=START_SECONDS):
            raise Problem(f"{what} is not ready after {START_SECONDS:.0f} s.")

    # While it is up -----------------------------------------------------------------------

    def look(self) -> None:
        """Bring back what ended."""
        for keeper in self.keepers:
            keeper.look()

    def rest(self, seconds: float) -> None:
        """Let time pass, and go on looking. Raises Interrupted."""
        end = time.monotonic() + seconds
        while True:
            self.interruption.check()
            self.look()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(0.1, left))

    # Down ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """Everything, at once: nobody wants it any more."""
        for keeper in self.processes:
            keeper.child.sweep()
        for keeper in self.servers:
            keeper.child.stop(lambda: True)
        self.mail.stop()

    def keep_for_a_look(self) -> Path:
        """What a failed run leaves behind."""
        self.disk.free()
        self.disk.keep(self.folder.path / "media-kept")
        return self.folder.path


def is_ready(port: int) -> bool:
    """Whether the web server there says that it can serve."""
    try:
        urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5).close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def enter(environment: dict[str, str]) -> None:
    """Let this process look into the stack's database through the portal's own models."""
    import django

    os.environ.update(environment)
    django.setup()
