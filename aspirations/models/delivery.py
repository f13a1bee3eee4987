"""Deliveries: one row for each event, channel and address; the row is the message to send.

Claimed with one conditional update under a short lease, which its holder renews while it sends.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast, Concat, Lower, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aspirations.models.event import Event

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 8


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what must be done, on the database's own clock."""

    def waiting(self) -> "DeliveryQuerySet":
        """Still to send: nobody is sending it, and it is not pausing after a failure."""
        return self.filter(ended_at=None, due_at__lte=Now())

    def forget(self) -> None:
        """Take the addresses away; what still waits is not sent any more."""
        self.filter(ended_at=None).update(
            ended_at=Now(), outcome=Delivery.Outcome.WITHHELD, failure="erased"
        )
        self.update(address=Concat(models.Value("erased-"), Cast("pk", models.CharField())))


class Delivery(models.Model):
    """One message to one address about one event. Never twice: the database has one row for it."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")

    class Outcome(models.TextChoices):
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        WITHHELD = "withheld", pgettext_lazy("delivery", "Withheld: too many to one address")
        OVERTAKEN = "overtaken", pgettext_lazy("delivery", "Overtaken by later news")
        REFUSED = "refused", pgettext_lazy("delivery", "Refused for good")
        GIVEN_UP = "given_up", pgettext_lazy("delivery", "Given up after eight attempts")

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL)
    address = models.CharField(max_length=254)
    due_at = models.DateTimeField(db_default=Now())  # also the end of the lease of who sends it
    attempts = models.PositiveSmallIntegerField(default=0)  # fences off whoever lost the lease
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    failure = models.CharField(max_length=100, blank=True)  # of the last attempt, in a word

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
        )

    def __str__(self) -> str:
        return f"{self.event_id} {self.channel}"

    def claim(self) -> bool:
        """Take it on for as long as a lease lasts. False if somebody else has it, or nobody
        should: whoever tried was killed so often that the message itself must be the cause.
        """
        mine = Delivery.objects.waiting().filter(pk=self.pk)
        mine.filter(attempts__gte=MAX_ATTEMPTS).update(
            ended_at=Now(), outcome=self.Outcome.GIVEN_UP, failure="interrupted"
        )
        claimed = mine.update(due_at=Now() + LEASE, attempts=models.F("attempts") + 1)
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
        """Try again after a pause that doubles; eight failures end the attempts."""
        if self.attempts >= MAX_ATTEMPTS:
            return self.end(self.Outcome.GIVEN_UP, failure)
        pause = timedelta(seconds=settings.MAIL_PAUSE_SECONDS) * 2 ** (self.attempts - 1)
        self._held().update(due_at=Now() + pause, failure=failure)
        return None
