"""The heartbeat of a claim: renewed from a thread of its own, however long the work is silent."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import InterfaceError, OperationalError, connection, connections

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)  # what a database says that is restarted or cut off
SOON = 1.0  # seconds until a database that was away is asked again
FAREWELL = 10.0  # seconds that a last beat may take when the work has ended


class Heartbeat:
    """Beats until it is stopped. `lost` is set once the claim is gone, or nobody renews it."""

    def __init__(self, renew: Callable[[], bool], every: float) -> None:
        self.renew, self.every = renew, every
        self.lost, self._over = Event(), Event()
        self._thread = Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(FAREWELL)

    def _beat(self) -> None:
        """The first beat comes after a pause: quick work never opens a second connection."""
        pause = self.every
        try:
            while not self._over.wait(pause) and not self.lost.is_set():
                pause = self._try()
        finally:
            connections.close_all()  # those of this thread
            if not self._over.is_set():
                self.lost.set()

    def _try(self) -> float:
        """Renew once; the seconds until the next time."""
        try:
            if not self.renew():
                self.lost.set()
        except AWAY as error:
            log.warning("a claim could not be renewed: %s", type(error).__name__)
            connection.close()
            return min(self.every, SOON)
        return self.every


@contextmanager
def beating(renew: Callable[[], bool], every: float) -> Iterator[Heartbeat]:
    """Call `renew` every so many seconds on a connection of its own, until the block ends.

    `renew` says whether the claim is still ours. In a transaction nobody else sees the claim,
    so nobody can take it over and nothing has to be renewed.
    """
    heart = Heartbeat(renew, every)
    if connection.in_atomic_block:
        yield heart
        return
    heart.start()
    try:
        yield heart
    finally:
        heart.stop()
