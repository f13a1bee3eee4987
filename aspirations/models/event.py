"""Events: public history, audit log and outbox at once. Never edited, chained by hash.

A trigger in the database refuses changes to anything but the marks of delivery.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from aspirations import notices
from consultations.models import Consultation

if TYPE_CHECKING:
    from aspirations.models.aspiration import Aspiration

CLAIM_LASTS = timedelta(minutes=10)
FIRST_PAUSE = timedelta(minutes=1)  # doubled after each failure
MAX_DELIVERIES = 8


class EventChain(models.Model):
    """The end of one consultation's chain of events.

    Whoever records an event locks this row until commit, so holding the lock freezes the
    consultation: a snapshot taken under it is consistent.
    """

    consultation = models.OneToOneField(Consultation, models.PROTECT, primary_key=True)
    length = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.length}"

    @classmethod
    def lock(cls, consultation_id: int) -> "EventChain":
        """Take the end of the chain for the running transaction."""
        cls.objects.get_or_create(consultation_id=consultation_id)
        return cls.objects.select_for_update().get(consultation_id=consultation_id)


class EventQuerySet(models.QuerySet["Event"]):
    """Events by audience and by delivery."""

    def shown_to_author(self) -> "EventQuerySet":
        return self.filter(verb__in=Event.FOR_AUTHOR)

    def undelivered(self, at: datetime | None = None) -> "EventQuerySet":
        """Messages still to send that nobody is sending, or pausing after a failure."""
        due = models.Q(retry_at=None) | models.Q(retry_at__lt=at or timezone.now())
        return self.filter(due, handled_at=None)

    def append(
        self, aspiration: "Aspiration", verb: str, *, by: User | None, text: str, at: datetime
    ) -> "Event":
        """Record one event at the end of its consultation's chain."""
        with transaction.atomic():
            chain = EventChain.lock(aspiration.consultation_id)
            event = Event(
                aspiration=aspiration,
                consultation_id=aspiration.consultation_id,
                sequence=chain.length + 1,
                verb=verb,
                by=by,
                at=at,
                text=text,
                previous_hash=chain.head,
                handled_at=None if verb in Event.NOTIFIES and aspiration.reply_address else at,
            )
            event.hash = event.fingerprint()
            event.save(force_insert=True)
            chain.length, chain.head = event.sequence, event.hash
            chain.save(update_fields=["length", "head"])
            return event

    def first_broken(self, consultation: Consultation) -> "Event | None":
        """The first event that does not fit its chain, or None if the chain holds.

        When events are missing at the end, the last one that is there does not fit.
        """
        previous, expected = "", 1
        events = self.filter(consultation=consultation).select_related("aspiration")
        for event in events.order_by("sequence").iterator(chunk_size=1000):
            linked = event.previous_hash == previous and event.sequence == expected
            if not linked or event.hash != event.fingerprint():
                return event
            previous, expected = event.hash, expected + 1
        end = EventChain.objects.filter(consultation=consultation).first()
        if end and (end.length, end.head) != (expected - 1, previous):
            return events.order_by("-sequence").first()
        return None


class Event(models.Model):
    """Something that happened to an aspiration: what, by whom, when, in which words."""

    class Verb(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("event", "Received")
        REVIEW_STARTED = "review_started", pgettext_lazy("event", "Review started")
        ACCEPTED = "accepted", pgettext_lazy("event", "Accepted")
        RETURNED = "returned", pgettext_lazy("event", "Returned to be completed")
        COMPLETED = "completed", pgettext_lazy("event", "Completed by its author")
        REFUSED = "refused", pgettext_lazy("event", "Not accepted")
        MERGED = "merged", pgettext_lazy("event", "Joined with a similar aspiration")
        WITHDRAWN = "withdrawn", pgettext_lazy("event", "Withdrawn by its author")
        TAGGED = "tagged", pgettext_lazy("event", "Tags changed")
        RESPONDED = "responded", pgettext_lazy("event", "Answered")
        NOTED = "noted", pgettext_lazy("event", "Internal note")

    NOTIFIES = frozenset(
        {
            Verb.SUBMITTED,
            Verb.ACCEPTED,
            Verb.RETURNED,
            Verb.REFUSED,
            Verb.MERGED,
            Verb.RESPONDED,
        }
    )
    FOR_AUTHOR = frozenset(set(Verb) - {Verb.TAGGED, Verb.NOTED})

    aspiration = models.ForeignKey("Aspiration", models.PROTECT, related_name="events")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="aspiration_events")
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=20, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    handled_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    deliveries = models.PositiveSmallIntegerField(default=0)
    delivery_failure = models.CharField(max_length=100, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint("consultation", "sequence", name="event_sequence"),)
        indexes = (
            models.Index(fields=["at"], condition=models.Q(handled_at=None), name="event_outbox"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}. {self.verb}"

    def fingerprint(self) -> str:
        """SHA-256 over the previous hash and this event; the text enters as its own digest."""
        moment = self.at.astimezone(timezone.get_fixed_timezone(0)).isoformat()
        content = [
            self.previous_hash,
            self.sequence,
            self.aspiration.code,
            self.aspiration.original_sha256,
            self.verb,
            self.by_id,
            moment,
            hashlib.sha256(self.text.encode()).hexdigest(),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def deliver(self) -> bool:
        """Send this event's message once. False if it was not sent now.

        A receipt too many for one address is withheld for good: its sender has read it on the page.

        A message that the mail server refuses is tried again after a pause that doubles; an
        address that it refuses for good, or eight failures, end the attempts.
        """
        now = timezone.now()
        mine = Event.objects.undelivered(now).filter(pk=self.pk)
        if not mine.update(retry_at=now + CLAIM_LASTS, deliveries=models.F("deliveries") + 1):
            return False
        self.refresh_from_db()
        if self.deliveries == 1 and not notices.may_send(self):
            Event.objects.filter(pk=self.pk).update(handled_at=now, delivery_failure="withheld")
            return False
        try:
            notices.send(self)
        except OSError as error:
            self._pause(error)
            return False
        Event.objects.filter(pk=self.pk).update(handled_at=timezone.now(), delivery_failure="")
        return True

    def _pause(self, error: OSError) -> None:
        """Note the failure without the address, and when to try again, if at all."""
        over = notices.is_final(error) or self.deliveries >= MAX_DELIVERIES
        now = timezone.now()
        Event.objects.filter(pk=self.pk).update(
            delivery_failure=type(error).__name__,
            retry_at=now + FIRST_PAUSE * 2 ** (self.deliveries - 1),
            handled_at=now if over else None,
        )
