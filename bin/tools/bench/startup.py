"""bin/run as people start it, in a folder of its own, and how long its second start takes."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rkpd_portal.localstack.child import die_with_parent
from rkpd_portal.localstack.folder import CHECKOUT, Folder
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.terminal import Problem, say

STARTUP_GOAL = 10.0  # seconds to the first page
READY_SECONDS = 300.0


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A VAR_DIR of its own, so that nothing of the person's stack is touched."""
    place = Folder.from_environment().part("bench")
    path = Path(tempfile.mkdtemp(dir=place))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Stack:
    """bin/run on a free port and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        self.output = folder / "output.txt"
        # Empty rather than absent: what is absent would be read from .env.
        own_servers = {"DATABASE_URL": "", "REDIS_URL": "", "PORTAL_MODE": "local"}
        environment = {**os.environ, **own_servers, "VAR_DIR": str(folder)}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [CHECKOUT / "bin" / "run", "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds. Raises Problem when the stack ended before."""
        end = time.monotonic() + READY_SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Problem(f"The portal did not start:\n{self.output.read_text()}")
            time.sleep(0.02)

    def is_ready(self) -> bool:
        return "Ready: " in self.output.read_text()

    def answers(self) -> bool:
        """Whether the home page is there."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


@contextlib.contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """A stack from its start to its end."""
    running = Stack(folder)
    try:
        yield running
    finally:
        running.stop()


def startup(folder: Path) -> str:
    """Seconds from typing bin/run the second time to the first page, over the goal."""
    with stack(folder) as first:
        say("First start, which loads the demonstration ...")
        first.wait_for(first.is_ready)
    say("Second start ...")
    began = time.monotonic()
    with stack(folder) as second:
        second.wait_for(second.answers)
        seconds = time.monotonic() - began
        second.wait_for(second.is_ready)
    return f"ratio={seconds / STARTUP_GOAL:.2f} seconds={seconds:.1f}"
