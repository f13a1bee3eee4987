"""Events: public history, audit log and outbox at once. Never edited, chained by hash.

A trigger in the database refuses changes to anything but the two delivery marks.
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
        """Messages still to send that nobody is sending at this moment."""
        stale = (at or timezone.now()) - CLAIM_LASTS
        free = models.Q(claimed_at=None) | models.Q(claimed_at__lt=stale)
        return self.filter(free, handled_at=None)

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
        """The first event that does not fit its chain, or None if the chain holds."""
        previous, expected = "", 1
        events = self.filter(consultation=consultation).select_related("aspiration")
        for event in events.order_by("sequence").iterator(chunk_size=1000):
            linked = event.previous_hash == previous and event.sequence == expected
            if not linked or event.hash != event.fingerprint():
                return event
            previous, expected = event.hash, expected + 1
        return None


class Event(models.Model):
    """Something that happened to an aspiration: what, by whom, when, in which words."""

    class Verb(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("event", "Received")
        REVIEW_STARTED = "review_started", pgettext_lazy("event", "Review started")
        PUBLISHED = "published", pgettext_lazy("event", "Published")
        RETURNED = "returned", pgettext_lazy("event", "Returned to be completed")
        COMPLETED = "completed", pgettext_lazy("event", "Completed by its author")
        NOT_PUBLISHED = "not_published", pgettext_lazy("event", "Not published")
        MERGED = "merged", pgettext_lazy("event", "Joined with a similar aspiration")
        WITHDRAWN = "withdrawn", pgettext_lazy("event", "Withdrawn by its author")
        TAGGED = "tagged", pgettext_lazy("event", "Tags changed")
        RESPONDED = "responded", pgettext_lazy("event", "Answered")
        NOTED = "noted", pgettext_lazy("event", "Internal note")

    NOTIFIES = frozenset(
        {
            Verb.SUBMITTED,
            Verb.PUBLISHED,
            Verb.RETURNED,
            Verb.NOT_PUBLISHED,
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
    claimed_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)

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
            moment,
            hashlib.sha256(self.text.encode()).hexdigest(),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def deliver(self) -> bool:
        """Send this event's message once. False if it was sent already or is being sent.

        If the mail server refuses, the claim is given back and the error is raised, so that
        the next sweep tries again.
        """
        claimed = Event.objects.undelivered().filter(pk=self.pk).update(claimed_at=timezone.now())
        if not claimed:
            return False
        try:
            notices.send(self)
        except OSError:
            Event.objects.filter(pk=self.pk).update(claimed_at=None)
            raise
        Event.objects.filter(pk=self.pk).update(handled_at=timezone.now())
        return True
