"""Brings a process back a moment after it ended, as production's supervisor does."""

import time

import psutil

from rkpd_portal.localstack.child import Child

DELAY = 0.5  # seconds


class Keeper:
    """Watches one process. While it is `held`, it stays down."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.is_held = False
        self.due = 0.0

    @property
    def name(self) -> str:
        return self.child.name

    def look(self) -> None:
        if self.child.is_running():
            return
        if self.child.process:
            self.child.sweep()
            self.due = time.monotonic() + DELAY
        if not self.is_held and time.monotonic() >= self.due:
            self.child.start()

    def below(self) -> list[psutil.Process]:
        """The processes that it started."""
        try:
            return psutil.Process(self.child.pid).children(recursive=True)
        except psutil.Error:
            return []

    def everything(self) -> list[psutil.Process]:
        """It and the processes that it started; none while it is down."""
        try:
            return [psutil.Process(self.child.pid), *self.below()] if self.child.pid else []
        except psutil.Error:
            return []
