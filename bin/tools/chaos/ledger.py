"""The ledger: what people were told, in memory, out of reach of every fault."""

import threading
from dataclasses import dataclass, field

from bin.tools.chaos.browser import RequestBroke


@dataclass(frozen=True)
class Receipt:
    """What a resident was shown after sending: nothing of it may be lost."""

    code: str
    pin: str
    words: dict[str, str]  # by the name of the field
    address: str


@dataclass(frozen=True)
class Decision:
    """What a planner was told is done."""

    code: str
    verb: str
    words: str


@dataclass
class Ledger:
    """Filled by the threads of residents and planners, read when they have ended."""

    receipts: list[Receipt] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sends: list[tuple[float, float]] = field(default_factory=list)  # tried at, receipt shown at
    promised: set[str] = field(default_factory=set)  # reports that somebody was told of
    broken: list[RequestBroke] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def received(self, receipt: Receipt, began: float, shown: float) -> None:
        with self.lock:
            self.receipts.append(receipt)
            self.sends.append((began, shown))

    def decided(self, decision: Decision) -> None:
        with self.lock:
            self.decisions.append(decision)

    def reports_promised(self, codes: list[str]) -> None:
        with self.lock:
            self.promised.update(codes)

    def request_broke(self, broke: RequestBroke) -> None:
        """A person saw that it did not work, and tries again."""
        with self.lock:
            self.broken.append(broke)

    def complain(self, sentence: str) -> None:
        """Something that must never happen to a person, whatever is killed."""
        with self.lock:
            self.complaints.append(sentence)

    def seconds_until_sent(self, since: float) -> float | None:
        """From this moment until somebody who tried after it had a receipt."""
        with self.lock:
            later = [shown for began, shown in self.sends if began >= since]
        return min(later) - since if later else None
