"""Brings a child back whenever it ends by itself, sooner the rarer that happens."""

import time

from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.terminal import say

DELAYS = (
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
)  # seconds before the first, second ... start in a row
STEADY = 60.0  # seconds of running after which the count begins anew


class Restarts:
    """Watches one child."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.in_a_row = 0
        self.due: float | None = None
        self.started = time.monotonic()

    def look(self) -> bool:
        """Start the child again when it is time; whether that happened now."""
        now = time.monotonic()
        if self.due is not None:
            return self.start_again(now) if now >= self.due else False
        if self.child.is_running():
            self.in_a_row = 0 if now - self.started > STEADY else self.in_a_row
        else:
            self.plan_start(now)
        return False

    def plan_start(self, now: float) -> None:
        delay = DELAYS[min(self.in_a_row, len(DELAYS) - 1)]
        name = self.child.name
        say(f"{name} ended by itself ({self.reason()}); it starts again in {delay:g} s.")
        self.child.sweep()
        self.in_a_row += 1
        self.due = now + delay

    def start_again(self, now: float) -> bool:
        self.child.start()
        self.due, self.started = None, now
        return True

    def reason(self) -> str:
        code = self.child.exit_code or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"
