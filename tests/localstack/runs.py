"""One bin/run as a process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from rkpd_portal.localstack.child import die_with_parent
from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.postgres import OWNER, PORTAL

PATIENCE = 180.0  # seconds; far more than a start takes, because machines are shared
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "SITE_URL", "ALLOWED_HOSTS", "MFA_EXEMPT_EMAILS")


class Run:
    """One bin/run without the demonstration, from an existing environment."""

    def __init__(self, folder: Path, *, port: int = 0, checkout: Path = CHECKOUT, **settings: str):
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://{HOST}:{self.port}"
        self.output = folder.with_name(f"{folder.name}-{self.port}.txt")
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        command = [sys.executable, "-m", "rkpd_portal.localstack", "--no-demonstration"]
        with self.output.open("w") as output:
            self.process = psutil.Popen(
                [*command, "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=checkout,
                env={**environment, "VAR_DIR": str(folder), "WEB_PROCESSES": "1", **settings},
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    def wait_until_ready(self) -> "Run":
        self.wait_for(lambda: "Ready: " in self.text or self.process.poll() is not None)
        assert "Ready: " in self.text, self.text
        return self

    def settings(self) -> dict[str, str]:
        """What a second terminal would read."""
        lines = (self.folder / "run" / "environment").read_text().splitlines()
        pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
        return {name: value.strip("'") for name, value in pairs}

    def family(self) -> list[psutil.Process]:
        """Every process below the supervisor."""
        found: list[psutil.Process] = self.process.children(recursive=True)
        return found

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(number)
        code: int = self.process.wait(PATIENCE)
        return code

    def clear_away(self) -> None:
        """Whatever happened: nothing of it is left."""
        family = self.family() if self.process.poll() is None else []
        if self.process.poll() is None:
            self.process.terminate()
        _, stubborn = psutil.wait_procs([self.process, *family], timeout=60)
        for process in stubborn:
            process.kill()
        self.process.wait(10)


def owner_url(folder: Path, settings: Mapping[str, str]) -> str:
    """The address of a running stack's database for its owner, who may make and alter tables."""
    portal, owner = ((folder / "postgres" / f"password-{n}").read_text() for n in (PORTAL, OWNER))
    return settings["DATABASE_URL"].replace(f"{PORTAL}:{portal}", f"{OWNER}:{owner}")
