"""Sees when the portal works again after a fault that people can notice."""

import math
import threading
import time
from collections.abc import Sequence

from bin.tools.chaos.faults import Fault
from bin.tools.chaos.stack import is_ready

STRIKES_WITHIN = 1.0  # seconds after which what was struck is surely gone, though it be back
PAUSE = 0.1
DATABASE_FAULTS = frozenset({"terminate backend", "kill -9 backend", "restart PostgreSQL"})
WEB_FAULTS = frozenset({"kill -9 web", "kill -9 web child"})


class Watch:
    """A thread that asks the webs from each such fault on until all of them are ready."""

    def __init__(self, ports: Sequence[int], made: Sequence[Fault]) -> None:
        self.ports, self.made = ports, made  # of faults more are added meanwhile
        self.thread = threading.Thread(target=self.run, name="watch", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def run(self) -> None:
        while True:
            self.look()
            time.sleep(PAUSE)

    def look(self) -> None:
        """Ask once, if an answer would tell something."""
        last = time.monotonic() - STRIKES_WITHIN
        waiting = [fault for fault in self.awaited() if fault.began <= last]
        if waiting and all(map(is_ready, self.ports)):
            for fault in waiting:
                fault.over = time.monotonic()

    def awaited(self) -> list[Fault]:
        """After which the portal was not seen working yet."""
        kinds = DATABASE_FAULTS | WEB_FAULTS
        return [fault for fault in self.made if fault.kind in kinds and fault.over == math.inf]
