"""A consultation: one round of asking the public, with its window in time."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations.digests import sha256_of
from consultations.models.cycle import PlanCycle
from consultations.models.record import facts_of
from consultations.models.timeline import PlanEvent

DEFAULT_CHAPTERS = (
    "Pendahuluan",
    "Gambaran Umum Kondisi Daerah",
    "Kerangka Ekonomi dan Keuangan Daerah",
    "Sasaran dan Prioritas Pembangunan Daerah",
    "Arah Kebijakan Pembangunan Kabupaten/Kota",
    "Rencana Kerja dan Pendanaan Daerah",
    "Kinerja Penyelenggaraan Pemerintahan Daerah",
    "Penutup",
)


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    """Consultations by window. Each filter stands beside its twin on the model."""

    def public(self) -> "ConsultationQuerySet":
        """Those with at least one published chapter."""
        return self.filter(drafts__texts__published_at__isnull=False).distinct()

    def open(self, at: datetime | None = None) -> "ConsultationQuerySet":
        at = at or timezone.now()
        return self.filter(opens_at__lte=at, closes_at__gt=at)

    def over(self, at: datetime | None = None) -> "ConsultationQuerySet":
        return self.filter(closes_at__lte=at or timezone.now())

    def plan(
        self,
        *,
        by: User,
        cycle: PlanCycle,
        stage: str,
        opens_at: datetime,
        closes_at: datetime,
        grace_until: datetime | None = None,
        introduction: str = "",
        at: datetime | None = None,
    ) -> "Consultation":
        """Create a consultation with its first draft and the eight usual chapters."""
        if closes_at <= opens_at:
            raise DomainError(_("The closing time must be after the opening time."))
        if grace_until and grace_until < closes_at:
            raise DomainError(_("The grace period must end after the closing time."))
        with translation.override(settings.LANGUAGE_CODE):
            label = str(Consultation.Stage(stage).label)
        with transaction.atomic():
            consultation, is_new = self.get_or_create(
                slug=slugify(f"rkpd-{cycle.year}-{stage}"),
                defaults={
                    "cycle": cycle,
                    "stage": stage,
                    "opens_at": opens_at,
                    "closes_at": closes_at,
                    "grace_until": grace_until,
                    "introduction": introduction,
                },
            )
            if not is_new:
                raise AlreadyDone(_("This year already has a consultation on this stage."))
            said = consultation.window_evidence()
            consultation.record(PlanEvent.Verb.PLANNED, by=by, words=label, at=at, evidence=said)
            draft = consultation.drafts.create(version=1)
            for number, title in enumerate(DEFAULT_CHAPTERS, start=1):
                draft.add_chapter(number=number, title=title)
            return consultation


class Consultation(models.Model):
    """One round of asking the public about one stage of one plan."""

    class Stage(models.TextChoices):
        INITIAL = "rancangan-awal", _("Initial draft")
        REVISED = "rancangan", _("Draft")
        FINAL = "rancangan-akhir", _("Final draft")

    class Phase(models.TextChoices):
        PREPARING = "preparing", _("In preparation")
        OPEN = "open", pgettext_lazy("phase", "Open")
        GRACE = "grace", _("Late entries by agencies and operators")
        CLOSED = "closed", pgettext_lazy("phase", "Closed")
        REPORTED = "reported", _("Report published")

    cycle = models.ForeignKey(PlanCycle, models.PROTECT, related_name="consultations")
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    slug = models.SlugField(unique=True)
    introduction = models.TextField(_("introduction"), blank=True)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    grace_until = models.DateTimeField(_("grace until"), null=True, blank=True)
    reported_at = models.DateTimeField(null=True, editable=False)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ("-opens_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")),
                name="consultation_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=models.Q(grace_until=None)
                | models.Q(grace_until__gte=models.F("closes_at")),
                name="consultation_grace_after_closing",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("overview:consultation", args=[self.slug])

    @property
    def title(self) -> str:
        """The name people use: “Rancangan Awal RKPD 2028”."""
        return f"{self.get_stage_display()} RKPD {self.cycle.year}"

    def phase(self, at: datetime | None = None) -> "Consultation.Phase":
        """Computed from the dates, never stored."""
        at = at or timezone.now()
        if at < self.opens_at:
            return self.Phase.PREPARING
        if at < self.closes_at:
            return self.Phase.OPEN
        # A report during the grace period takes nothing from those who may still send.
        if self.grace_until and at < self.grace_until:
            return self.Phase.GRACE
        return self.Phase.REPORTED if self.is_reported(at) else self.Phase.CLOSED

    def next_moment(self, at: datetime | None = None) -> datetime | None:
        """When the dates next lead to another phase; None when the last one has passed."""
        at = at or timezone.now()
        moments = (self.opens_at, self.closes_at, self.grace_until)
        return min((moment for moment in moments if moment and moment > at), default=None)

    def is_reported(self, at: datetime | None = None) -> bool:
        return self.reported_at is not None and self.reported_at <= (at or timezone.now())

    def is_over(self, at: datetime | None = None) -> bool:
        """Twin of `ConsultationQuerySet.over`: the public may send no more."""
        return self.closes_at <= (at or timezone.now())

    def is_open(self, at: datetime | None = None) -> bool:
        return self.phase(at) == self.Phase.OPEN

    def accepts_late_entries(self, at: datetime | None = None) -> bool:
        """True while agencies and field operators may still send."""
        return self.phase(at) in (self.Phase.OPEN, self.Phase.GRACE)

    def require_entries(self, *, late: bool, at: datetime | None = None) -> None:
        """Raise DomainError unless an entry may come in; `late` ones may in the grace period."""
        if self.is_open(at) or (late and self.accepts_late_entries(at)):
            return
        if self.phase(at) == self.Phase.PREPARING:
            raise DomainError(_("This consultation has not opened yet."))
        raise DomainError(
            _("This consultation is closed and takes no more aspirations. Copy your text first.")
        )

    def extend(
        self, *, closes_at: datetime, reason: str, by: User, at: datetime | None = None
    ) -> None:
        """Move the closing time to a later moment, with a reason that the public can read."""
        at = at or timezone.now()
        if self.is_reported(at):
            raise DomainError(_("The report is public, so the closing time can no longer move."))
        if closes_at <= at:
            raise DomainError(_("The new closing time has already passed. Choose a later one."))
        if closes_at <= self.closes_at:
            raise DomainError(_("The new closing time must be later than the present one."))
        if not reason.strip():
            raise DomainError(_("Give a reason: it is shown to the public."))
        with transaction.atomic():
            same = Consultation.objects.filter(pk=self.pk, closes_at=self.closes_at)
            moved = same.exclude(reported_at__lte=at).update(
                closes_at=closes_at,
                grace_until=models.Case(
                    models.When(grace_until__lt=closes_at, then=models.Value(closes_at)),
                    default=models.F("grace_until"),
                ),
            )
            if not moved:
                raise AlreadyDone(_("Someone else changed the dates a moment ago."))
            self.refresh_from_db()
            moved_to, why = self.window_evidence(), reason.strip()
            self.record(PlanEvent.Verb.EXTENDED, by=by, words=why, at=at, evidence=moved_to)

    def mark_reported(self, *, by: User, at: datetime | None = None) -> None:
        """Note that the report on this consultation is public. Doing it again changes nothing."""
        at = at or timezone.now()
        if Consultation.objects.filter(pk=self.pk, reported_at=None).update(reported_at=at):
            self.refresh_from_db()
            said = self.window_evidence()
            self.record(PlanEvent.Verb.REPORTED, by=by, at=at, evidence=said)

    def window_evidence(self) -> dict[str, str]:
        """The digest of what it is about and of its dates, for the events that set them."""
        facts = facts_of(self, without=("introduction",)) | {"year": str(self.cycle.year)}
        return {"window": sha256_of(facts)}

    def record(
        self,
        verb: PlanEvent.Verb,
        *,
        by: User | None,
        words: str = "",
        at: datetime | None = None,
        evidence: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Note what happened; `evidence` holds digests of what it attests."""
        at = at or timezone.now()
        self.events.create(verb=verb, by=by, words=words, at=at, evidence=dict(evidence))
