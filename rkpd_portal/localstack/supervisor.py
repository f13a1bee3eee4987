"""Brings the whole stack up in order, keeps it up, and takes it down in the opposite order."""

import http.client
import re
import secrets
import shlex
import time
from collections.abc import Callable, Mapping, Sequence

from rkpd_portal.localstack import portal, static_files
from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.echo import Echo
from rkpd_portal.localstack.folder import Folder, kept_secret, lock, write_private
from rkpd_portal.localstack.interruption import Interrupted, Interruption
from rkpd_portal.localstack.ports import HOST, require_free
from rkpd_portal.localstack.postgres import Postgres
from rkpd_portal.localstack.register import MARK, Register
from rkpd_portal.localstack.restarts import Restarts
from rkpd_portal.localstack.terminal import Problem, say
from rkpd_portal.localstack.valkey import Valkey

LOOK_EVERY = 0.2  # seconds
SERVER_SECONDS = 90.0  # to recover from a crash and take connections
READY_SECONDS = 120.0
TRIES = 3  # starts of a process in a row before we give up bringing the stack up


class Supervisor:
    """One stack in one folder. ``given`` are the settings that the person set themselves."""

    def __init__(
        self,
        folder: Folder,
        *,
        port: int,
        demonstration: bool,
        given: Mapping[str, str],
    ) -> None:
        self.folder = folder
        self.port = port
        self.address = f"http://{HOST}:{port}"
        self.demonstration = demonstration
        self.given = given
        self.interruption = Interruption()
        self.register = Register(folder.part("run") / "processes.json")
        self.accounts = folder.part("run") / "accounts.txt"
        self.mark = secrets.token_hex(16)
        self.owner: dict[str, str] = {}  # the address as whose owner the database is prepared
        self.running: list[Restarts] = []  # in the order of stopping
        self.echoes: list[Echo] = []
        self.began = time.monotonic()

    def run(self) -> int:
        """Run until the person stops us."""
        with lock(self.folder.part("run") / "lock") as is_ours:
            if not is_ours:
                raise Problem(self.already_running(), code=2)
            self.interruption.listen()
            try:
                self.clear_the_way()
                self.start()
                self.keep_up()
            except Interrupted:
                say("\nStopping.")
            finally:
                self.stop()
        return 0

    def already_running(self) -> str:
        address = self.register.read().get("address", "starting")
        where = self.folder.in_words(self.folder.path)
        return (
            f"A portal already runs from {where} ({address}): use it, or stop it with Ctrl-C first."
        )

    def clear_the_way(self) -> None:
        """Stop what a killed supervisor left, and make sure of the port."""
        if left := self.register.stop_left_processes():
            say(f"An earlier start was killed; the {left} processes that it left are stopped.")
        require_free(self.port)

    # Up -----------------------------------------------------------------------------------

    def start(self) -> None:
        environment = {**self.own_settings(), **self.start_servers(), **self.given}
        self.prepare(environment | self.owner)
        environment = {**self.exemption(), **environment}
        self.note_environment(environment)
        self.tell("Starting web, two workers and beat")
        web = portal.web(self.folder, environment, self.port)
        worker = portal.worker(self.folder, environment)
        reports = portal.reports_worker(self.folder, environment)
        beat = portal.beat(self.folder, environment)
        self.launch([web, beat, worker, reports])
        self.wait_until_ready()
        self.say_ready()

    def own_settings(self) -> dict[str, str]:
        """The settings that every process of ours gets."""
        return {
            "PORTAL_MODE": "local",
            "SECRET_KEY": kept_secret(self.folder.path / "secret-key"),
            "SITE_URL": self.address,
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "VAR_DIR": str(self.folder.path),
            "PYTHONUNBUFFERED": "1",
            MARK: self.mark,
        }

    def exemption(self) -> dict[str, str]:
        """The demonstration's own accounts may reach staff pages without a second factor."""
        if not self.demonstration:
            return {}
        emails = re.findall(r"[\w.+-]+@[\w.-]+", self.accounts.read_text())
        return {"MFA_EXEMPT_EMAILS": ",".join(emails)}

    def start_servers(self) -> dict[str, str]:
        """Start the embedded servers for which no address was given; the addresses."""
        servers: dict[str, Postgres | Valkey] = {}
        if "REDIS_URL" not in self.given:
            valkey = Valkey(self.folder.part("valkey"), self.folder.log("valkey"))
            valkey.child.environment = {MARK: self.mark}  # PostgreSQL knows its own without it
            servers["REDIS_URL"] = valkey
        if "DATABASE_URL" not in self.given:
            postgres = Postgres(self.folder.part("postgres"), self.folder.log("postgres"))
            servers["DATABASE_URL"] = postgres
            self.owner = {"OWNER_DATABASE_URL": postgres.owner_url}
        if servers:
            self.tell("Starting " + " and ".join(s.child.name for s in servers.values()))
        for server in servers.values():
            server.prepare()
        self.launch([server.child for server in servers.values()])
        for server in servers.values():
            self.wait_for_server(server)
        return {name: server.url for name, server in servers.items()}

    def wait_for_server(self, server: Postgres | Valkey) -> None:
        if not self.wait_until_or_broken(server.is_ready, SERVER_SECONDS):
            raise Problem(f"{server.child.name} does not start: {self.last_words(server.child)}")

    def launch(self, children: Sequence[Child]) -> None:
        """Start children; they will be stopped before those that were started earlier."""
        for child in children:
            child.start()
            self.echoes.append(Echo(child.name, child.log))
        self.running = [Restarts(child) for child in children] + self.running
        self.note_processes()

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Make database and static files ready side by side, with progress on the terminal."""
        self.tell("Preparing the database")
        accounts = ("--accounts", str(self.accounts)) if self.demonstration else ()
        database = portal.preparation(self.folder, environment, "database", *accounts)
        children = [database]
        if not static_files.are_current(self.folder.path):
            children.append(portal.preparation(self.folder, environment, "static"))
        echoes = [Echo(child.name, child.log, everything=True) for child in children]
        try:
            for child in children:
                child.start()
            while any(child.is_running() for child in children):
                self.look(*echoes)
                self.interruption.check()
                time.sleep(LOOK_EVERY)
        finally:
            for child in children:
                child.stop()
            self.look(*echoes)
        self.require_success(children)

    def require_success(self, children: Sequence[Child]) -> None:
        for child in children:
            if child.exit_code:
                log = self.folder.in_words(child.log)
                raise Problem(f"The {child.name} could not be prepared: see above, or {log}.")

    def wait_until_ready(self) -> None:
        if not self.wait_until_or_broken(self.is_ready, READY_SECONDS):
            raise Problem(f"The portal does not get ready. The logs are in {self.logs()}.")

    def wait_until_or_broken(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Like waiting for the condition, but a child that keeps dying ends it at once."""

        def decided() -> bool:
            self.look()
            return condition() or any(restarts.in_a_row >= TRIES for restarts in self.running)

        return self.interruption.wait_until(decided, seconds=seconds) and condition()

    def is_ready(self) -> bool:
        """Whether the portal says that it can serve."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def say_ready(self) -> None:
        """The lines that a newcomer waits for."""
        say(f"\nReady: {self.address}")
        if self.demonstration:
            say(f"\n{self.accounts.read_text().strip()}")
        say(f"\nMail that the portal sends: {self.address}/lokal/surat/")
        say(f"Logs: {self.logs()}   Stop: Ctrl-C")

    # While it is up -----------------------------------------------------------------------

    def keep_up(self) -> None:
        """Bring back what dies and say what matters, until the person wants to stop."""
        while True:
            self.interruption.check()
            self.look()
            time.sleep(LOOK_EVERY)

    def look(self, *more: Echo) -> None:
        """One look at every child and its log."""
        for echo in (*self.echoes, *more):
            echo.catch_up()
        started = [restarts.look() for restarts in self.running]
        if any(started):
            self.note_processes()

    # Down ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop web, beat, the workers, Valkey and PostgreSQL, one after the other."""
        for restarts in self.running:
            if restarts.child.is_running():
                say(f"  {restarts.child.name}")
            restarts.child.stop(self.interruption.is_urgent)
        self.register.clear()

    # Notes --------------------------------------------------------------------------------

    def note_processes(self) -> None:
        children = [restarts.child for restarts in self.running]
        self.register.write(address=self.address, mark=self.mark, children=children)

    def note_environment(self, environment: Mapping[str, str]) -> None:
        """For a second terminal: `. var/run/environment` and manage.py uses this stack."""
        ours = {name: value for name, value in environment.items() if name != MARK}
        lines = [f"export {name}={shlex.quote(value)}" for name, value in ours.items()]
        write_private(self.folder.part("run") / "environment", "\n".join(lines) + "\n")

    def tell(self, step: str) -> None:
        say(f"{time.monotonic() - self.began:4.0f} s  {step}")

    def logs(self) -> str:
        return self.folder.in_words(self.folder.part("log")) + "/"

    def last_words(self, child: Child) -> str:
        """The end of a child's log, for a Problem."""
        lines = [
            line for line in child.log.read_text(errors="replace").splitlines() if line.strip()
        ]
        return "\n".join([f"(log: {self.folder.in_words(child.log)})", *lines[-6:]])
