"""What was found at the end, and the lines that say it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bin.tools.chaos.faults import Fault
from bin.tools.chaos.ledger import Ledger

RECOVERY_SECONDS = 120.0
SORTS = (
    "lost",
    "duplicated",
    "unsealed",
    "unexcused_repeats",
    "unexcused_errors",
    "findings",
)
SAID = 40  # sentences of each sort; the numbers count all


@dataclass
class Verdict:
    """Sentences about what must not be, by sort."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)
    unexcused_repeats: list[str] = field(default_factory=list)  # messages that came again
    unexcused_errors: list[str] = field(default_factory=list)  # requests that did not work
    findings: list[str] = field(default_factory=list)
    repeated: int = 0  # messages that came again under the same Message-ID
    messages: int = 0  # that reached a mailbox, each counted once
    reports: int = 0  # that are ready
    recovery_seconds: float = 0.0

    def sentences(self) -> list[str]:
        return [f"{sort}: {one}" for sort in SORTS for one in getattr(self, sort)[:SAID]]

    def line(self, faults: Sequence[Fault], ledger: Ledger) -> str:
        numbers = {
            "faults": len(faults),
            "receipts": len(ledger.receipts),
            "decisions": len(ledger.decisions),
            "messages": self.messages,
            "reports": self.reports,
            "repeated": self.repeated,
            "errors": len(ledger.broken),
            **{sort: len(getattr(self, sort)) for sort in SORTS},
            "recovery_seconds": f"{self.recovery_seconds:.0f}",
        }
        return "chaos " + " ".join(f"{name}={number}" for name, number in numbers.items())

    def is_clean(self, faults: Sequence[Fault], ledger: Ledger) -> bool:
        """Whether nothing was found, and enough happened that something could have been."""
        happened = faults and ledger.receipts and ledger.decisions and self.messages
        in_time = self.recovery_seconds <= RECOVERY_SECONDS
        return bool(happened) and self.reports > 0 and in_time and not self.sentences()


def table(faults: Sequence[Fault], ledger: Ledger) -> list[str]:
    """The faults by kind: how many, and the worst time until sending worked again."""
    lines = [f"{'fault':<22} {'times':>5}  worst seconds until sending worked"]
    for kind in sorted({fault.kind for fault in faults}):
        mine = [fault for fault in faults if fault.kind == kind]
        waits = [ledger.seconds_until_sent(fault.began) for fault in mine]
        known = [wait for wait in waits if wait is not None]
        worst = f"{max(known):.1f}" if known else "-"
        lines.append(f"{kind:<22} {len(mine):>5}  {worst:>6}")
    return lines
