"""Reports: the row is the truth. Claimed under a lease, compiled elsewhere, published once.

Every change of state is recorded as a `ReportEvent`: by a person, or by the worker that held
the claim.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations import reference
from consultations.models import Consultation, Recorded
from reports.errors import LostClaim
from reports.models.snapshot import Snapshot
from reports.progress import STAGES

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
        """Waiting, or left behind by a worker whose lease ran out, by the database's clock."""
        expired = Q(state=Report.State.COMPILING, lease_until__lt=at or Now())
        return self.filter(Q(state=Report.State.QUEUED) | expired)

    def unfinished(self) -> "ReportQuerySet":
        return self.filter(state__in=[Report.State.QUEUED, Report.State.COMPILING])

    def request(
        self, consultation: Consultation, *, by: User, at: datetime | None = None
    ) -> list["Report"]:
        """Ask for both editions from one snapshot. Asking again joins the one in the works."""
        at = at or timezone.now()
        with transaction.atomic():
            Consultation.objects.select_for_update(no_key=True).get(pk=consultation.pk)
            running = list(self.of(consultation).unfinished())
            if running:
                return running
            snapshot = Snapshot.objects.create(consultation=consultation)
            return [self._ask(snapshot, edition, by, at) for edition in Report.Edition.values]

    def _ask(self, snapshot: Snapshot, edition: str, by: User, at: datetime) -> "Report":
        report = self.create(
            code=reference.new_code("LK", snapshot.consultation.cycle.year, length=6),
            snapshot=snapshot,
            edition=edition,
            requested_by=by,
            requested_at=at,
        )
        report.record(ReportEvent.Verb.REQUESTED, by=by, at=at, evidence={"edition": edition})
        return report


class Report(models.Model):
    """One file that was asked for, and how far it is."""

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
    worker = models.CharField(max_length=100, blank=True)  # who holds the claim, or held it last
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
            models.UniqueConstraint(
                fields=["file"], condition=~Q(file=""), name="file_of_one_report"
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
    def silence(self) -> int:
        """Seconds since its worker last showed that it lives, as this machine's clock has it."""
        if self.lease_until is None:
            return 0
        return max(0, int((timezone.now() - self.lease_until + lease()).total_seconds()))

    @property
    def is_abandoned(self) -> bool:
        """Its worker was not heard for a whole lease: the next one takes it up."""
        return self.state == self.State.COMPILING and self.silence > settings.REPORT_LEASE_SECONDS

    @property
    def stage_label(self) -> str:
        return str(STAGES.get(self.stage, ""))

    @property
    def file_name(self) -> str:
        return f"{self.code}-{self.edition}.pdf"

    @property
    def verification_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('papers:verification', args=[self.code])}"

    def evidence(self) -> dict[str, str | int]:
        """What the event of its completion attests: the file, and all that it was made of."""
        return {
            "edition": self.edition,
            "file": self.sha256,
            "size": self.size,
            "pages": self.pages,
            "rows": self.row_count,
            "data": self.snapshot.state_sha256(),
        }

    def record(
        self,
        verb: str,
        *,
        by: User | None = None,
        worker: str = "",
        words: str = "",
        at: datetime | None = None,
        evidence: Mapping[str, str | int] = MappingProxyType({}),
    ) -> "ReportEvent":
        return self.events.create(
            consultation_id=self.snapshot.consultation_id,
            verb=verb,
            by=by,
            worker=worker,
            words=words,
            at=at or timezone.now(),
            evidence=dict(evidence),
        )

    # What workers do ----------------------------------------------------------------------

    def claim(self, *, worker: str, at: datetime | None = None) -> bool:
        """Take it on for as long as a lease lasts. False if someone else has it.

        Only a report that waits, or whose lease ran out, can be claimed: a worker that lives
        renews its lease. After three that died it fails. Whoever claims starts over, and only
        the holder of the newest claim can publish.
        """
        with transaction.atomic():
            free = Report.objects.to_compile().select_for_update(skip_locked=True)
            found = free.filter(pk=self.pk).first()
            claimed = found is not None and not found._give_up(worker, at)
            if claimed:
                Report.objects.filter(pk=self.pk).update(
                    state=self.State.COMPILING,
                    attempts=F("attempts") + 1,
                    worker=worker,
                    lease_until=Now() + lease(),
                    progress=0,
                    stage="",
                )
                self.record(ReportEvent.Verb.CLAIMED, worker=worker, at=at)
        self.refresh_from_db()
        return claimed

    def _give_up(self, worker: str, at: datetime | None) -> bool:
        """Fail it if too many workers died of it. Its row is locked, and nobody's any more."""
        if self.attempts < self.attempts_before + MAX_ATTEMPTS:
            return False
        self.state, self.lease_until = self.State.FAILED, None
        self.failure = str(_("The report was interrupted three times. Ask for it again."))
        self.save(update_fields=["state", "lease_until", "failure"])
        self.record(ReportEvent.Verb.FAILED, worker=worker, words=self.failure, at=at)
        return True

    def _held(self) -> models.QuerySet["Report"]:
        """This row, as long as the claim is still ours."""
        return Report.objects.filter(pk=self.pk, state=self.State.COMPILING, attempts=self.attempts)

    def renew_lease(self) -> bool:
        """Show that its worker lives. False if the claim is not ours any more."""
        return bool(self._held().update(lease_until=Now() + lease()))

    def advance(self, percent: int, stage: str, *, at: datetime | None = None) -> None:
        """Show how far it is. Raises LostClaim if another took over."""
        if not self._held().update(progress=percent, stage=stage):
            raise LostClaim(self.code)
        if stage != self.stage:
            words = str(STAGES.get(stage, stage))
            self.record(ReportEvent.Verb.ADVANCED, worker=self.worker, words=words, at=at)
            self.stage = stage

    def publish(
        self,
        *,
        file: str,
        size: int,
        sha256: str,
        pages: int,
        row_count: int,
        at: datetime | None = None,
    ) -> bool:
        """Name the finished file, which is stored already. False if the claim was lost.

        It may be asked again when the answer was lost: what it published itself counts.
        """
        at = at or timezone.now()
        with transaction.atomic():
            published = self._held().update(
                state=self.State.READY,
                progress=100,
                stage="",
                lease_until=None,
                ready_at=at,
                file=file,
                size=size,
                pages=pages,
                row_count=row_count,
                sha256=sha256,
            )
            self.refresh_from_db()
            if published:
                made = self.evidence()
                self.record(ReportEvent.Verb.READY, worker=self.worker, at=at, evidence=made)
        return self.state == self.State.READY and self.file == file

    def fail(self, sentence: str) -> None:
        """Say why there is no file. Whoever lost the claim has nothing to say any more."""
        with transaction.atomic():
            if self._held().update(state=self.State.FAILED, failure=sentence, lease_until=None):
                self.record(ReportEvent.Verb.FAILED, worker=self.worker, words=str(sentence))
        self.refresh_from_db()

    # What people do -----------------------------------------------------------------------

    def retry(self, *, by: User) -> None:
        """Try a failed report again, from the same snapshot."""
        failed = Report.objects.filter(pk=self.pk, state=self.State.FAILED)
        with transaction.atomic():
            if not failed.update(
                state=self.State.QUEUED, attempts_before=F("attempts"), failure="", progress=0
            ):
                raise AlreadyDone(_("This report is not in a failed state any more."))
            self.record(ReportEvent.Verb.RETRIED, by=by)
        self.refresh_from_db()

    def release(self, *, by: User, at: datetime | None = None) -> None:
        """Let everyone download the public edition.

        Refused when something in it may not be shown so any more: what was withdrawn, or the name
        of somebody who was erased, must not appear.
        """
        if self.edition != self.Edition.PUBLIC:
            raise DomainError(_("Only the public edition can be released."))
        at = at or timezone.now()
        with transaction.atomic():
            self.snapshot.hold_public()
            gone = self.snapshot.no_longer_public().count()
            if gone:
                raise DomainError(
                    _("%(count)s of its aspirations may not be shown so now. Compile it again.")
                    % {"count": gone}
                )
            ready = Report.objects.filter(pk=self.pk, state=self.State.READY, released_at=None)
            if not ready.update(released_at=at, released_by=by):
                raise AlreadyDone(_("This report is not ready, or was released before."))
            self.refresh_from_db()
            self.record(ReportEvent.Verb.RELEASED, by=by, at=at)
            if self.consultation.is_over(at):
                self.consultation.mark_reported(by=by, at=at)


class ReportEvent(Recorded):
    """What happened to a report, by a person or by the worker that held it. Never edited."""

    KIND = "report"
    ABOUT = ("report__snapshot",)

    class Verb(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("report event", "Asked for")
        CLAIMED = "claimed", pgettext_lazy("report event", "Work begun")
        ADVANCED = "advanced", pgettext_lazy("report event", "Next stage")
        READY = "ready", pgettext_lazy("report event", "Ready")
        FAILED = "failed", pgettext_lazy("report event", "Failed")
        RETRIED = "retried", pgettext_lazy("report event", "Tried again")
        RELEASED = "released", pgettext_lazy("report event", "Released")

    ONCE = (Verb.REQUESTED, Verb.READY, Verb.RELEASED)
    EVIDENCE = {
        Verb.REQUESTED: (frozenset({"edition"}),),
        Verb.READY: (frozenset({"edition", "file", "size", "pages", "rows", "data"}),),
    }

    report = models.ForeignKey(Report, models.PROTECT, related_name="events")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="report_events")
    verb = models.CharField(max_length=10, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    worker = models.CharField(max_length=100, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        verbose_name = _("event of a report")
        verbose_name_plural = _("events of reports")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(by__isnull=False) ^ ~Q(worker=""), name="report_event_names_its_author"
            ),
        )

    def __str__(self) -> str:
        return f"{self.report_id} {self.verb}"

    def subject(self) -> str:
        return self.report.code

    def home(self) -> int:
        return self.report.snapshot.consultation_id


def lease() -> timedelta:
    """How long a claim lasts that nobody renews."""
    return timedelta(seconds=settings.REPORT_LEASE_SECONDS)
