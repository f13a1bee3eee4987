"""What stands on the home page: the consultation that matters now, and what came before."""

from collections.abc import Iterable
from typing import NamedTuple

from aspirations.models import Aspiration
from consultations.models import Consultation, PlanCycle

RECENT = 12
EARLIER = 4
EXAMPLES = 3
CANDIDATES = 40
EXAMPLE_LENGTH = 320


class Front(NamedTuple):
    """The leading consultation (or None), others that are open or coming, and earlier ones."""

    leading: Consultation | None
    others: list[Consultation]
    earlier: list[Consultation]

    @property
    def cycle(self) -> PlanCycle | None:
        """The plan year whose organiser runs the page."""
        newest = next(iter([*filter(None, [self.leading]), *self.earlier]), None)
        return newest.cycle if newest else None

    @property
    def told(self) -> list[Consultation]:
        """The rounds whose changes are told: the earlier ones, else the one that leads."""
        return self.earlier or [each for each in [self.leading] if each]


def front() -> Front:
    """Open ones come first (the nearest closing time leads), then what is in preparation."""
    recent = list(Consultation.objects.public().select_related("cycle")[:RECENT])
    phases = Consultation.Phase
    open_ = sorted(_in(recent, phases.OPEN), key=lambda each: each.closes_at)
    coming = sorted(_in(recent, phases.PREPARING), key=lambda each: each.opens_at)
    over = _in(recent, phases.GRACE, phases.CLOSED, phases.REPORTED)
    current = open_ + coming
    return Front(current[0] if current else None, current[1:], over[:EARLIER])


def _in(consultations: Iterable[Consultation], *phases: str) -> list[Consultation]:
    return [each for each in consultations if each.phase() in phases]


def examples(rounds: Iterable[Consultation]) -> list[Aspiration]:
    """Up to three aspirations whose words changed a sentence, each from another chapter.

    Only short sentences, so that the change is seen at a glance; the newest round first.
    """
    changing = Aspiration.objects.filter(consultation__in=rounds).public()
    candidates = (
        changing.changing_text(shorter_than=EXAMPLE_LENGTH)
        .select_related("consultation__cycle", "chapter", "regency", "agency")
        .with_current_response()
        .order_by("-consultation__opens_at", "submitted_at", "pk")
    )
    per_chapter: dict[object, Aspiration] = {}
    for aspiration in candidates[:CANDIDATES]:
        per_chapter.setdefault(aspiration.chapter_id, aspiration)
    return list(per_chapter.values())[:EXAMPLES]
