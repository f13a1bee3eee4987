"""What residents and planners have in common: they try again until it works, or time is over."""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from bin.tools.chaos.browser import Browser, RequestBroke
from bin.tools.chaos.ledger import Ledger

T = TypeVar("T")
PATIENCE = 240.0  # seconds after which a person gives up, which is a finding
PAUSE = (0.2, 0.8)


class GaveUp(Exception):
    """Somebody tried for so long in vain."""


class Person(ABC):
    """One thread with a browser. `run` is what it does until `leaving` is set."""

    def __init__(self, name: str, browser: Browser, ledger: Ledger, chance: random.Random) -> None:
        self.name, self.browser, self.ledger, self.chance = name, browser, ledger, chance
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self.live, name=name, daemon=True)

    @abstractmethod
    def run(self) -> None:
        """One thing after the other."""

    def live(self) -> None:
        try:
            self.run()
        except GaveUp as end:
            self.ledger.complain(f"{self.name} gave up: {end}")
        except Exception as error:  # noqa: BLE001 (a thread that ends silently would prove nothing)
            self.ledger.complain(f"{self.name} stopped: {type(error).__name__}: {error}")

    def insist(self, what: str, work: Callable[[], T | None]) -> T:
        """Do it until it gives something. What breaks on the way is what people live with."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                found = work()
            except RequestBroke as broke:
                self.ledger.request_broke(broke)
            else:
                if found is not None:
                    return found
            time.sleep(self.chance.uniform(*PAUSE))
        raise GaveUp(what)

    def rest(self, seconds: float) -> None:
        """A pause that ends when it is time to leave."""
        self.leaving.wait(seconds)
