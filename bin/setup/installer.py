"""Runs what installs: pip, apt-get, Babel. Their output goes into a log."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SILENCE = 4.0  # seconds between two lines of progress
UNWANTED = {  # what would make another Python or another pip of ours
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
}


class Problem(Exception):
    """A sentence for the person at the terminal."""


def say(text: str) -> None:
    print(text, flush=True)


def clean_environment() -> dict[str, str]:
    """Our environment without what would lead a Python or a pip astray."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {"PATH": os.defpath} | kept | {"PYTHONNOUSERSITE": "1"}


@dataclass(frozen=True)
class Installer:
    """Runs one installer after the other. They inherit the lock, so that it outlives us."""

    log: Path
    lock: int

    def run(
        self,
        title: str,
        command: Sequence[str | Path],
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        """Run it, its output into the log and now and then a line of it here."""
        say(title)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "PYTHONUNBUFFERED": "1"}
        with self.log.open("a") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=clean_environment() | quiet,
                pass_fds=(self.lock,),
            )
        if self.wait_for(process):
            on_failure()
            raise Problem(f"{title}: failed. {last_line(self.log)} (All of it: {self.log})")

    def wait_for(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for it to end, saying every few seconds what it does."""
        started = time.monotonic()
        try:
            while True:
                try:
                    return process.wait(timeout=SILENCE)
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - started
                    say(f"  {seconds:3.0f} s  {shortened(last_line(self.log))}")
        except BaseException:
            process.terminate()
            process.wait()
            raise


def last_line(log: Path) -> str:
    """The last line that says something in the last part of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()
    telling = (line.strip() for line in reversed(lines) if line.strip())
    return next((line for line in telling if not line.startswith("WARNING")), "")


def shortened(line: str) -> str:
    """A line of pip or apt-get without its tail of names and options."""
    if line.startswith("Installing collected packages: "):
        return f"Installing {line.count(',') + 1} packages"
    return line.split(" (from ")[0][:90]
