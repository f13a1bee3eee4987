"""The wish to stop: Ctrl-C, SIGTERM or a closed terminal, and how often it was uttered."""

import signal
import time
from collections.abc import Callable
from types import FrameType

STEP = 0.05  # seconds between two looks


class Interrupted(Exception):
    """The person wants everything to stop."""


class Interruption:
    """Counts the wishes to stop; every wait of ours goes through it and ends at the first."""

    def __init__(self) -> None:
        self.times = 0

    def listen(self) -> None:
        """From now on a signal is counted and nothing else; SIGHUP stays ignored under nohup."""
        signal.signal(signal.SIGINT, self._count)
        signal.signal(signal.SIGTERM, self._count)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._count)

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self.times += 1

    def is_urgent(self) -> bool:
        """Whether the person asked twice."""
        return self.times > 1

    def check(self) -> None:
        """Raise Interrupted once the person wants to stop."""
        if self.times:
            raise Interrupted

    def wait_until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Whether the condition came true in time. Raises Interrupted."""
        end = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > end:
                return False
            time.sleep(STEP)
        return True
