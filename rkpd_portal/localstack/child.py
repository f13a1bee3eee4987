"""One process of the stack: it has a session and a log of its own, and is stopped in steps."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Stop:
    """One step of stopping: a signal and the seconds that it may take."""

    signal: Signals
    seconds: float


@dataclass
class Child:
    """A program that we start, watch and stop. ``stops`` go from polite to hard."""

    name: str
    command: Sequence[str | Path]
    log: Path
    stops: Sequence[Stop]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    orphaned: Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    exit_code: int | None = None

    def start(self) -> None:
        """Start it. Should we die, the kernel sends it the signal ``orphaned``."""
        self.exit_code = None
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.orphaned),
            )

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def is_running(self) -> bool:
        if self.process:
            self.exit_code = self.process.poll()
        return self.process is not None and self.exit_code is None

    def stop(self, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Take the steps one by one until it ended; urgency leaves only the last its time."""
        *polite, last = self.stops
        for step in polite:
            self.take(step, is_urgent)
        self.take(last, lambda: False)
        self.sweep()

    def take(self, step: Stop, is_urgent: Callable[[], bool]) -> None:
        """Send the step's signal and give it its time."""
        end = time.monotonic() + step.seconds
        if self.is_running():
            self.send(step.signal)
        while self.is_running() and time.monotonic() < end and not is_urgent():
            time.sleep(0.02)

    def send(self, number: Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def sweep(self) -> None:
        """Kill what is left of it: the program itself, or helpers that outlived it."""
        if not self.process:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.exit_code = self.process.wait()
        self.process = None


def die_with_parent(number: Signals) -> None:
    """In the new process: ask the kernel for a signal when our parent dies (Linux only)."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, int(number))
