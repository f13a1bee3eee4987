"""Which faults excuse a message that came again, and a request that did not work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aspirations.models.delivery import LEASE
from bin.tools.chaos.browser import RequestBroke
from bin.tools.chaos.faults import A_WHILE, Fault
from bin.tools.chaos.mailserver import Repeat
from bin.tools.chaos.verdict import Verdict
from bin.tools.chaos.watching import DATABASE_FAULTS, WEB_FAULTS

GRACE = 1.0  # seconds after the portal was seen working, for requests on their way
SENDING = 2.0  # seconds that a worker needs at most from taking up a message to noting it as sent
# A message that its sender left is taken up again when the lease has run out that he took before he
# sent it, and he may have stood still in between.
AT_EARLIEST = LEASE.total_seconds() - SENDING - A_WHILE[1]
# Who is struck between the mail server's thanks and the note of it sends again. A fault excuses no
# more messages than were in the hands of those it strikes: two workers send two at a time.
IN_HAND = {
    "kill -9 worker child": 1,
    "kill -9 worker": 2,
    "terminate backend": 1,
    "kill -9 backend": 4,
    "restart PostgreSQL": 4,
}


def judge(
    faults: Sequence[Fault],
    repeats: Sequence[Repeat],
    broken: Iterable[RequestBroke],
    verdict: Verdict,
) -> None:
    """Put what no fault excuses into the verdict."""
    verdict.repeated = len(repeats)
    verdict.unexcused_repeats += [
        f"{one.mail.address} got {one.mail.message_id} again after {one.at - one.before:.1f} s"
        for one in unexcused_repeats(faults, repeats)
    ]
    verdict.unexcused_errors += [
        f"{broke}, {since_last_fault(faults, broke.asked)}"
        for broke in broken
        if not is_excused(broke, faults)
    ]


# Requests -----------------------------------------------------------------------------------


def is_excused(broke: RequestBroke, faults: Iterable[Fault]) -> bool:
    """A page that says "the server could not" needs a fault of the database; that no answer comes
    may also be a web's. The fault lasts until the portal was seen working, and GRACE.
    """
    kinds = DATABASE_FAULTS if broke.status else DATABASE_FAULTS | WEB_FAULTS
    return any(
        fault.kind in kinds and fault.began <= broke.ended and broke.asked <= fault.over + GRACE
        for fault in faults
    )


def since_last_fault(faults: Iterable[Fault], moment: float) -> str:
    """For the reader, who then looks into the logs."""
    earlier = [fault for fault in faults if fault.began <= moment]
    if not earlier:
        return "before any fault"
    last = max(earlier, key=lambda fault: fault.began)
    return f"{moment - last.began:.1f} s after {last.kind}"


# Messages -----------------------------------------------------------------------------------


@dataclass
class Excuse:
    """From when to when a message must have come for the first time, and for how many it serves."""

    start: float
    end: float
    left: int


def unexcused_repeats(faults: Sequence[Fault], repeats: Sequence[Repeat]) -> list[Repeat]:
    """Those that came too soon, and those without an excuse of their own. Each takes the one that
    ends first, so that as many as possible find one.
    """
    excuses = [excuse_of(fault, faults) for fault in faults if fault.kind in IN_HAND]
    found = [repeat for repeat in repeats if repeat.at - repeat.before < AT_EARLIEST]
    left = [repeat for repeat in repeats if repeat not in found]
    for repeat in sorted(left, key=lambda repeat: repeat.before):
        fitting = [one for one in excuses if one.left and one.start <= repeat.before <= one.end]
        if fitting:
            min(fitting, key=lambda one: one.end).left -= 1
        else:
            found.append(repeat)
    return found


def excuse_of(fault: Fault, faults: Iterable[Fault]) -> Excuse:
    """SENDING before the fault and after it; longer where a worker stood still at that time."""
    excuse = Excuse(fault.began - SENDING, fault.began + SENDING, IN_HAND[fault.kind])
    for other in faults:
        thawed = other.began + A_WHILE[1]
        touches = other.began <= excuse.end and excuse.start <= thawed
        if other.kind == "freeze worker" and touches:
            excuse.start = min(excuse.start, other.began - SENDING)
            excuse.end = max(excuse.end, thawed + SENDING)
    return excuse
