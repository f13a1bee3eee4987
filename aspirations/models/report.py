"""Reports: the row is the truth. Snapshot first, then compile under a lease, publish once."""

import hashlib
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations import reference, reporting
from aspirations.models.choices import StakeholderGroup
from aspirations.models.event import EventChain
from aspirations.models.response import Disposition
from aspirations.models.snapshot import Snapshot
from aspirations.models.tag import Tag
from consultations.models import Consultation

MAX_ATTEMPTS = 3


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by audience and by what must be done."""

    def released(self) -> "ReportQuerySet":
        """What everyone may download."""
        return self.filter(
            edition=Report.Edition.PUBLIC, state=Report.State.READY, released_at__isnull=False
        )

    def ready(self) -> "ReportQuerySet":
        return self.filter(state=Report.State.READY)

    def of(self, consultation: Consultation) -> "ReportQuerySet":
        return self.filter(snapshot__consultation=consultation)

    def with_origin(self) -> "ReportQuerySet":
        """What a card shows besides the report, in the same query."""
        return self.select_related("snapshot__consultation__cycle", "requested_by", "released_by")

    def to_compile(self, at: datetime | None = None) -> "ReportQuerySet":
        """Waiting, or left behind by a worker whose lease ran out."""
        expired = Q(state=Report.State.COMPILING, lease_until__lt=at or timezone.now())
        return self.filter(Q(state=Report.State.QUEUED) | expired)

    def unfinished(self) -> "ReportQuerySet":
        return self.filter(state__in=[Report.State.QUEUED, Report.State.COMPILING])

    def request(self, consultation: Consultation, *, by: User) -> list["Report"]:
        """Ask for both editions from one snapshot. Asking again joins the one in the works."""
        with transaction.atomic():
            Consultation.objects.select_for_update().get(pk=consultation.pk)
            running = list(self.of(consultation).unfinished())
            if running:
                return running
            snapshot = Snapshot.objects.create(consultation=consultation)
            year = consultation.cycle.year
            return [
                self.create(
                    code=reference.new_code("LK", year, length=6),
                    snapshot=snapshot,
                    edition=edition,
                    requested_by=by,
                )
                for edition in Report.Edition.values
            ]


class Report(models.Model):
    """One PDF that was asked for, and how far it is."""

    class Edition(models.TextChoices):
        PUBLIC = "public", _("Public edition")
        INTERNAL = "internal", _("Internal edition")

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("report", "Waiting")
        COMPILING = "compiling", pgettext_lazy("report", "Being compiled")
        READY = "ready", pgettext_lazy("report", "Ready")
        FAILED = "failed", pgettext_lazy("report", "Failed")

    code = models.CharField(max_length=16, unique=True)
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="reports")
    edition = models.CharField(_("edition"), max_length=10, choices=Edition)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)  # only grows: it fences off late ones
    attempts_before = models.PositiveSmallIntegerField(default=0)  # those before the last retry
    lease_until = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    file = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("-requested_at", "edition")
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(file="") & ~Q(sha256="")),
                name="ready_report_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure=""), name="failed_report_says_why"
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def consultation(self) -> Consultation:
        return self.snapshot.consultation

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.COMPILING)

    @property
    def is_released(self) -> bool:
        """Twin of `ReportQuerySet.released`."""
        public = self.edition == self.Edition.PUBLIC and self.state == self.State.READY
        return public and self.released_at is not None

    @property
    def stage_label(self) -> str:
        return str(reporting.STAGES.get(self.stage, ""))

    @property
    def file_name(self) -> str:
        return f"{self.code}-{self.edition}.pdf"

    @property
    def verification_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('reporting:verification', args=[self.code])}"

    def compile(self) -> bool:
        """Claim, freeze, render, verify and publish. False if someone else has the claim.

        A worker that dies leaves a lease that runs out; whoever claims next starts over, and
        only the holder of the newest claim can publish.
        """
        if not self._claim():
            return False
        try:
            self._report_progress(2, "freezing")
            self.snapshot.take()
            self._publish(reporting.write_pdf(self._manuscript(), self._report_progress))
        except reporting.CannotCompile as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(_("The file could not be stored: %(error)s.") % {"error": error.strerror})
        return True

    def _claim(self) -> bool:
        now = timezone.now()
        mine = Report.objects.to_compile(now).filter(pk=self.pk)
        mine.filter(attempts__gte=F("attempts_before") + MAX_ATTEMPTS).update(
            state=self.State.FAILED,
            failure=_("The report was interrupted three times. Ask for it again."),
        )
        claimed = mine.update(
            state=self.State.COMPILING,
            attempts=F("attempts") + 1,
            lease_until=now + _lease(),
            progress=0,
            stage="",
        )
        self.refresh_from_db()
        return bool(claimed)

    def _held(self) -> models.QuerySet["Report"]:
        """This row, as long as the claim is still ours."""
        return Report.objects.filter(pk=self.pk, state=self.State.COMPILING, attempts=self.attempts)

    def _report_progress(self, percent: int, stage: str) -> None:
        """Show how far it is and renew the lease. Raises LostClaim if another took over."""
        kept = self._held().update(
            progress=percent, stage=stage, lease_until=timezone.now() + _lease()
        )
        if not kept:
            raise reporting.LostClaim(self.code)

    def _manuscript(self) -> reporting.Manuscript:
        rows = self.snapshot.rows.order_by("position")
        if self.edition == self.Edition.PUBLIC:
            rows = rows.filter(is_public=True)
        return reporting.Manuscript(
            code=self.code,
            edition=self.edition,
            consultation=self.consultation,
            snapshot=self.snapshot,
            requested_by=self.requested_by.name or str(self.requested_by.get_role_display()),
            requested_at=self.requested_at,
            verification_url=self.verification_url,
            rows=[row.for_edition(self.edition) for row in rows],
            received=Counter(
                self.snapshot.rows.values_list("data__moderation_label", flat=True).iterator()
            ),
            dispositions=Disposition.choices,
            groups=StakeholderGroup.choices,
            approaches=list(
                Tag.objects.filter(facet=Tag.Facet.APPROACH).values_list("slug", "name")
            ),
        )

    def _publish(self, compiled: reporting.Compiled) -> None:
        """Store the file under a name of its own, then win the compare-and-set, or discard it."""
        name = default_storage.save(
            f"reports/{self.code}-{self.attempts}.pdf", ContentFile(compiled.pdf)
        )
        published = self._held().update(
            state=self.State.READY,
            progress=100,
            stage="",
            lease_until=None,
            ready_at=timezone.now(),
            file=name,
            size=len(compiled.pdf),
            pages=compiled.pages,
            row_count=compiled.row_count,
            sha256=hashlib.sha256(compiled.pdf).hexdigest(),
        )
        if not published:
            default_storage.delete(name)
        self.refresh_from_db()

    def _fail(self, sentence: str) -> None:
        self._held().update(state=self.State.FAILED, failure=sentence, lease_until=None)
        self.refresh_from_db()

    def retry(self, *, by: User) -> None:
        """Try a failed report again, from the same snapshot."""
        if not Report.objects.filter(pk=self.pk, state=self.State.FAILED).update(
            state=self.State.QUEUED, attempts_before=F("attempts"), failure="", progress=0
        ):
            raise AlreadyDone(_("This report is not in a failed state any more."))
        self.refresh_from_db()

    def release(self, *, by: User) -> None:
        """Let everyone download the public edition.

        Refused when something in it is no longer public: what was withdrawn must not appear.
        """
        if self.edition != self.Edition.PUBLIC:
            raise DomainError(_("Only the public edition can be released."))
        with transaction.atomic():
            EventChain.lock(self.consultation.pk)
            gone = self.snapshot.no_longer_public().count()
            if gone:
                raise DomainError(
                    _("%(count)s of its aspirations are no longer public. Compile it again.")
                    % {"count": gone}
                )
            released = Report.objects.filter(
                pk=self.pk, state=self.State.READY, released_at=None
            ).update(released_at=timezone.now(), released_by=by)
            if not released:
                raise AlreadyDone(_("This report is not ready, or was released before."))
            self.refresh_from_db()
            if not self.consultation.is_open():
                self.consultation.mark_reported(by=by)


def _lease() -> timedelta:
    return timedelta(seconds=settings.REPORT_LEASE_SECONDS)
