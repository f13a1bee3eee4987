"""Events: public history and audit log at once. Never edited, sealed in the consultation's log.

Each carries digests of what it attests: the author's words, the author, the state it led to, the
response that was given. A trigger in the database refuses every change.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from aspirations.models.choices import Moderation
from consultations.models import Consultation, Recorded


class EventQuerySet(models.QuerySet["Event"]):
    """Events by audience."""

    def shown_to_author(self) -> "EventQuerySet":
        return self.filter(verb__in=Event.FOR_AUTHOR)

    def shown_to_everyone(self) -> "EventQuerySet":
        return self.filter(verb__in=Event.FOR_EVERYONE)

    def steps_of(self, aspirations: Any) -> "EventQuerySet":
        """What their authors were told, the last first."""
        return (
            self.shown_to_author().filter(aspiration__in=aspirations.values("pk")).order_by("-pk")
        )


class Event(Recorded):
    """Something that happened to an aspiration: what, by whom, when, in which words.

    Those of one aspiration and of what is joined to it are made under the lock of their rows
    (`Aspiration.objects.hold`), so their keys stand in the order in which they happened.
    """

    KIND = "aspiration"
    ABOUT = ("aspiration",)

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
        ERASED = "erased", pgettext_lazy("event", "Author's data erased")

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
    BY_AUTHORS = frozenset({Verb.SUBMITTED, Verb.COMPLETED, Verb.WITHDRAWN})
    # Somebody of the office did these, and by name. (Data may be erased from the command line; what
    # an author withdraws is separated from what was joined to it.)
    BY_STAFF = frozenset(set(Verb) - BY_AUTHORS - {Verb.ERASED, Verb.SEPARATED})
    FOR_AUTHOR = frozenset(set(Verb) - {Verb.TAGGED, Verb.NOTED, Verb.ERASED})
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

    EVIDENCE = {
        Verb.SUBMITTED: (frozenset({"original", "author", "state"}),),
        **{verb: (frozenset({"original", "state"}),) for verb in (*LEADS_TO, Verb.ERASED)},
        # One that is joined reads the other one's answer, which leaves its own state alone.
        Verb.RESPONDED: (
            frozenset({"original", "response", "state"}),
            frozenset({"original", "response"}),
        ),
        **{verb: (frozenset({"original"}),) for verb in (Verb.TAGGED, Verb.NOTED)},
    }

    aspiration = models.ForeignKey("Aspiration", models.PROTECT, related_name="events")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="aspiration_events")
    verb = models.CharField(max_length=20, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.pk}. {self.verb}"

    def subject(self) -> str:
        return self.aspiration.code

    def home(self) -> int:
        return self.aspiration.consultation_id

    @property
    def is_own_answer(self) -> bool:
        """Whether it tells of an answer to this very aspiration, not to the one it is joined to."""
        return self.verb == Event.Verb.RESPONDED and "state" in self.evidence

    @property
    def is_overtaken(self) -> bool:
        """Whether its message would no longer be true: the state to which it led has passed (that a
        review began is no news), or the answer holds no longer."""
        later = Event.objects.filter(aspiration=self.aspiration_id, pk__gt=self.pk)
        if self.verb == Event.Verb.RESPONDED:
            ends = {self.verb, Event.Verb.SEPARATED}
            return self.aspiration.responded is None or later.filter(verb__in=ends).exists()
        moves = set(Event.LEADS_TO) - {Event.Verb.REVIEW_STARTED}
        return self.verb in moves and later.filter(verb__in=moves).exists()
