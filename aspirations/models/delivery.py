"""Deliveries: one row for each event, channel and address; the row is the message to send.

Claimed with one conditional update under a short lease, which its holder renews while it sends.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Least, Lower, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations.models.event import Event

LEASE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
TRIED_FOR = timedelta(days=3)  # as mail servers do: they may be down over a weekend
MAX_UNENDED = 8  # claims in a row; a refusal ends a claim, so refusals alone never come here
ERASED = Concat(models.Value("erased-"), Cast("pk", models.CharField()))  # instead of an address


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what must be done, on the database's own clock."""

    def waiting(self) -> "DeliveryQuerySet":
        """Still to send: nobody is sending it, and it is not pausing after a failure."""
        return self.filter(ended_at=None, due_at__lte=Now())

    def forget(self) -> None:
        """Take the addresses away; what still waits is not sent any more."""
        self.update(address=ERASED)  # first: then nobody can have them sent again
        self.filter(ended_at=None).update(
            ended_at=Now(), outcome=Delivery.Outcome.WITHHELD, failure="erased"
        )

    def failed(self) -> "DeliveryQuerySet":
        """Refused or given up, to an address that we still have."""
        return self.filter(outcome__in=Delivery.FAILED).exclude(address=ERASED)

    def undelivered(self) -> "DeliveryQuerySet":
        """What failed, and what is tried again after a failure."""
        return self.failed() | self.filter(ended_at=None).exclude(failure="")


class Delivery(models.Model):
    """One message to one address about one event. Never twice: the database has one row for it."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")

    class Outcome(models.TextChoices):
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        WITHHELD = "withheld", pgettext_lazy("delivery", "Withheld: too many to one address")
        OVERTAKEN = "overtaken", pgettext_lazy("delivery", "Overtaken by later news")
        REFUSED = "refused", pgettext_lazy("delivery", "Refused for good")
        GIVEN_UP = "given_up", pgettext_lazy("delivery", "Given up after many attempts")

    FAILED = (Outcome.REFUSED, Outcome.GIVEN_UP)

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL)
    address = models.CharField(max_length=254)
    due_at = models.DateTimeField(db_default=Now())  # also the end of the lease of who sends it
    attempts = models.PositiveSmallIntegerField(default=0)  # fences off whoever lost the lease
    unended = models.PositiveSmallIntegerField(default=0)  # claims in a row that nobody ended
    tried_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    failure = models.CharField(max_length=100, blank=True)  # of the last attempt, in a word
    again_by = models.ForeignKey(  # who last had it sent again
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("sent again by")
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                "event", "channel", Lower("address"), name="one_delivery_per_address"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) ^ ~models.Q(outcome=""),
                name="delivery_ends_with_an_outcome",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"], condition=models.Q(ended_at=None), name="delivery_outbox"
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(outcome="given_up"),
                name="delivery_given_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} {self.channel}"

    def claim(self) -> bool:
        """Take it on for as long as a lease lasts. False if somebody else has it, or nobody
        should: whoever tried was killed so often that the message itself must be the cause.
        """
        mine = Delivery.objects.waiting().filter(pk=self.pk)
        mine.filter(unended__gte=MAX_UNENDED).update(
            ended_at=Now(), outcome=self.Outcome.GIVEN_UP, failure="interrupted"
        )
        claimed = mine.update(
            due_at=Now() + LEASE,
            attempts=models.F("attempts") + 1,
            unended=models.F("unended") + 1,
            tried_since=Coalesce("tried_since", Now()),
        )
        self.refresh_from_db()
        return bool(claimed)

    def _held(self) -> models.QuerySet["Delivery"]:
        """This row, as long as the claim is still ours."""
        return Delivery.objects.filter(pk=self.pk, ended_at=None, attempts=self.attempts)

    def renew_lease(self) -> bool:
        """False if the claim was lost."""
        return bool(self._held().update(due_at=Now() + LEASE))

    def end(self, outcome: str, failure: str = "") -> None:
        """It was sent; or it never will be, and `failure` may say why in a word."""
        self._held().update(ended_at=Now(), outcome=outcome, failure=failure)

    def pause(self, failure: str) -> None:
        """Try again after a pause as long as the attempts so far, so that it doubles; an hour at
        most. Three days of failures end the attempts.
        """
        tired = self._held().filter(tried_since__lte=Now() - TRIED_FOR)
        if tired.update(ended_at=Now(), outcome=self.Outcome.GIVEN_UP, failure=failure):
            return
        shortest = timedelta(seconds=settings.MAIL_PAUSE_SECONDS)
        so_far = models.ExpressionWrapper(
            Now() - models.F("tried_since"), output_field=models.DurationField()
        )
        pause = Least(Greatest(so_far, models.Value(shortest)), models.Value(LONGEST_PAUSE))
        self._held().update(due_at=Now() + pause, failure=failure, unended=0)

    def send_again(self, *, by: User) -> None:
        """Send what was refused or given up once more, with three days of its own. Raises
        AlreadyDone if somebody had that done already or it never failed, DomainError if it would
        no longer be true.
        """
        if self.event.is_overtaken:
            Delivery.objects.failed().filter(pk=self.pk).update(outcome=self.Outcome.OVERTAKEN)
            raise DomainError(
                _("Something newer has happened since, so this message would no longer be true.")
            )
        anew = {"ended_at": None, "outcome": "", "due_at": Now(), "tried_since": None, "unended": 0}
        asked = Delivery.objects.failed().filter(pk=self.pk).update(again_by=by, **anew)
        self.refresh_from_db()
        if not asked:
            raise AlreadyDone(
                _(
                    "This message is not sent again: it is on its way already, has arrived or is"
                    " not to be sent."
                )
            )
