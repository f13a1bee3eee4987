"""Events: public history, audit log and outbox at once. Never edited, chained by hash.

A trigger in the database refuses changes to anything but the marks of delivery.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from aspirations.models.chain import EventChain
from aspirations.models.choices import Moderation
from consultations.models import Consultation

CLAIM_LASTS = timedelta(minutes=10)
FIRST_PAUSE = timedelta(minutes=1)  # doubled after each failure
MAX_DELIVERIES = 8


class EventQuerySet(models.QuerySet["Event"]):
    """Events by audience and by delivery."""

    def shown_to_author(self) -> "EventQuerySet":
        return self.filter(verb__in=Event.FOR_AUTHOR)

    def shown_to_everyone(self) -> "EventQuerySet":
        return self.filter(verb__in=Event.FOR_EVERYONE)

    def steps_of(self, aspirations: Any) -> "EventQuerySet":
        """What their authors were told, the last first."""
        return (
            self.shown_to_author()
            .filter(aspiration__in=aspirations.values("pk"))
            .order_by("-sequence")
        )

    def undelivered(self, at: datetime | None = None) -> "EventQuerySet":
        """Messages still to send that nobody is sending, or pausing after a failure."""
        due = models.Q(retry_at=None) | models.Q(retry_at__lt=at or timezone.now())
        return self.filter(due, handled_at=None)

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
        SEPARATED = "separated", pgettext_lazy("event", "No longer joined")
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
            Verb.SEPARATED,
            Verb.RESPONDED,
        }
    )
    FOR_AUTHOR = frozenset(set(Verb) - {Verb.TAGGED, Verb.NOTED})
    FOR_EVERYONE = frozenset({Verb.SUBMITTED, Verb.REVIEW_STARTED, Verb.ACCEPTED, Verb.RESPONDED})

    # The state that each event of moderation leads to; its verb says from which ones.
    LEADS_TO = {
        Verb.REVIEW_STARTED: Moderation.IN_REVIEW,
        Verb.ACCEPTED: Moderation.ACCEPTED,
        Verb.RETURNED: Moderation.RETURNED,
        Verb.COMPLETED: Moderation.SUBMITTED,
        Verb.REFUSED: Moderation.REFUSED,
        Verb.MERGED: Moderation.MERGED,
        Verb.SEPARATED: Moderation.SUBMITTED,
        Verb.WITHDRAWN: Moderation.WITHDRAWN,
    }

    aspiration = models.ForeignKey("Aspiration", models.PROTECT, related_name="events")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="aspiration_events")
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=20, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    words = models.TextField(blank=True)
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

    def append(self, *, notifies: bool) -> "Event":
        """Put this new event at the end of its consultation's chain; it waits to be delivered
        if its author is to be told."""
        self.consultation_id = self.aspiration.consultation_id
        self.handled_at = None if notifies else self.at
        with transaction.atomic():
            chain = EventChain.lock(self.consultation_id)
            self.sequence, self.previous_hash = chain.length + 1, chain.head
            self.hash = self.fingerprint()
            self.save(force_insert=True)
            chain.length, chain.head = self.sequence, self.hash
            chain.save(update_fields=["length", "head"])
        return self

    def fingerprint(self) -> str:
        """SHA-256 over the previous hash and this event; the words enter as their own digest."""
        moment = self.at.astimezone(timezone.get_fixed_timezone(0)).isoformat()
        content = [
            self.previous_hash,
            self.sequence,
            self.aspiration.code,
            self.aspiration.original_sha256,
            self.verb,
            self.by_id,
            moment,
            hashlib.sha256(self.words.encode()).hexdigest(),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def is_overtaken(self) -> bool:
        """Whether its message would no longer be true: the state to which it led has passed (that a
        review began is no news), or the answer holds no longer."""
        later = Event.objects.filter(aspiration=self.aspiration_id, sequence__gt=self.sequence)
        if self.verb == Event.Verb.RESPONDED:
            return self.aspiration.responded is None or later.filter(verb=self.verb).exists()
        moves = set(Event.LEADS_TO) - {Event.Verb.REVIEW_STARTED}
        return self.verb in moves and later.filter(verb__in=moves).exists()

    # Delivery: the row is the message, claimed with one conditional update ------------------

    def claim_delivery(self) -> bool:
        """Take it on for ten minutes. False if somebody else sends it, or nobody should: whoever
        tried was killed so often that the message itself must be the cause.
        """
        now = timezone.now()
        mine = Event.objects.undelivered(now).filter(pk=self.pk)
        claimed = mine.update(retry_at=now + CLAIM_LASTS, deliveries=models.F("deliveries") + 1)
        self.refresh_from_db()
        if claimed and self.deliveries > MAX_DELIVERIES:
            self.end_delivery("interrupted")
            return False
        return bool(claimed)

    def end_delivery(self, failure: str = "") -> None:
        """It was sent; or it never will be, and `failure` says why in a word."""
        Event.objects.filter(pk=self.pk).update(handled_at=timezone.now(), delivery_failure=failure)

    def pause_delivery(self, failure: str) -> None:
        """Try again after a pause that doubles; eight failures end the attempts."""
        if self.deliveries >= MAX_DELIVERIES:
            return self.end_delivery(failure)
        pause = FIRST_PAUSE * 2 ** (self.deliveries - 1)
        Event.objects.filter(pk=self.pk).update(
            delivery_failure=failure, retry_at=timezone.now() + pause
        )
        return None
