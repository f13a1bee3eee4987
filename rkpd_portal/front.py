"""What stands on the home page: the consultation that matters now, and what came before."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Length

from aspirations.keyset import in_order
from aspirations.models import Aspiration, Response, StakeholderGroup
from consultations.models import Consultation, PlanCycle

RECENT = 12
EARLIER = 4
EXAMPLES = 3
LOOKED_AT = 200  # of the newest changes of a consultation
CANDIDATES = 40
EXAMPLE_LENGTH = 320
WHOLE_SENTENCE = r"^[[:upper:]].*[.]$"
INSTITUTIONS = frozenset(
    {
        StakeholderGroup.REGENCY_GOV,
        StakeholderGroup.PROVINCIAL_AGENCY,
        StakeholderGroup.CENTRAL_VERTICAL,
        StakeholderGroup.DPRD,
        StakeholderGroup.SECURITY,
        StakeholderGroup.ACADEMIA,
        StakeholderGroup.BUSINESS,
    }
)
RANK = Case(
    When(stakeholder_group=StakeholderGroup.RESIDENT, then=0),
    When(stakeholder_group__in=INSTITUTIONS, then=2),
    default=1,
)
KEPT_APART = ("chapter__number", "regency_id", "stakeholder_group")


class Front(NamedTuple):
    """The leading consultation (or None), others that are open or coming, and earlier ones."""

    leading: Consultation | None
    others: list[Consultation]
    earlier: list[Consultation]

    @property
    def dated(self) -> list[Consultation]:
        """All whose dates show on the page, or decide where they show."""
        return [*filter(None, [self.leading]), *self.others, *self.earlier]

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
    """Up to three short changes of whole sentences, by people rather than by institutions.

    Residents come first and the shortest change leads, so that a phone shows it at a glance. They
    differ in chapter, regency and group while the data allow it, else at least in chapter.
    """
    chosen: dict[int, tuple[object, ...]] = {}
    candidates = list(_short_changes(rounds).values_list("pk", *KEPT_APART)[:CANDIDATES])
    for compared in (len(KEPT_APART), 1):
        for pk, *traits in candidates:
            if len(chosen) < EXAMPLES and _differs(traits[:compared], chosen.values()):
                chosen[pk] = tuple(traits)
    shown = Aspiration.objects.filter(pk__in=chosen).select_related("author")
    shown = shown.prefetch_related("consultation__cycle", "chapter", "regency", "agency")
    found = {one.pk: one for one in shown.with_current_response()}
    return [found[pk] for pk in chosen]


def _differs(traits: Iterable[object], others: Iterable[Iterable[object]]) -> bool:
    return all(one != its for other in others for one, its in zip(traits, other, strict=False))


def _short_changes(rounds: Iterable[Consultation]) -> QuerySet[Aspiration]:
    """Public aspirations that changed a sentence: residents, then others, institutions last."""
    none = Aspiration.objects.none().values_list("pk", flat=True)
    recent = list(none.union(*map(_newest_changes, rounds), all=True))
    short = Response.objects.in_force().changing_text(EXAMPLE_LENGTH)
    sentences = short.filter(aspiration=OuterRef("pk"), text_before__regex=WHOLE_SENTENCE)
    words = sentences.annotate(words=Length("text_before") + Length("text_after")).values("words")
    return Aspiration.objects.filter(Exists(sentences), pk__in=recent).order_by(
        RANK, Subquery(words[:1]), "-consultation__opens_at", "pk"
    )


def _newest_changes(consultation: Consultation) -> QuerySet[Aspiration, int]:
    changed = Aspiration.objects.filter(consultation=consultation).public().changing_text()
    return in_order(changed).values_list("pk", flat=True)[:LOOKED_AT]
