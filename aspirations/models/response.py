"""The official response: a disposition with its reason, and the sentence that it changed.

What a response needs, and what its disposition leaves no room for, stands here once: the form,
the verb and the preview ask `complaints` and `tidy`, the database repeats the hard part.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest, Length
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.errors import DomainError
from accounts.models import User
from consultations.difference import Difference, difference
from consultations.digests import sha256_of
from consultations.models import Block
from consultations.models.record import facts_of


class Disposition(models.TextChoices):
    """What the government decided about an aspiration. "Accommodated" promises no money."""

    PENDING = "pending", _("Not answered yet")
    ACCOMMODATED = "accommodated", _("Accommodated")
    PARTIALLY_ACCOMMODATED = "partially_accommodated", _("Partly accommodated")
    ALREADY_COVERED = "already_covered", _("Already covered")
    FORWARDED = "forwarded", _("Forwarded")
    DEFERRED = "deferred", _("Considered for a later year")
    NOT_ACCOMMODATED = "not_accommodated", _("Not accommodated")
    NOTED = "noted", _("Noted")


class ReasonCode(models.TextChoices):
    """Why an aspiration is not, or not yet, taken up."""

    OUTSIDE_AUTHORITY = "outside_authority", _("Outside the province's authority")
    NOT_ALIGNED = "not_aligned", _("Not in line with the priorities or the RPJMD")
    BUDGET_LIMIT = "budget_limit", _("Limits of the budget")
    INSUFFICIENT_DETAIL = "insufficient_detail", _("Not enough detail")
    DUPLICATE = "duplicate", _("Already proposed")
    REGULATION = "regulation", _("Against a regulation")


NEEDS_REASON_CODE = frozenset({Disposition.DEFERRED, Disposition.NOT_ACCOMMODATED})
TAKEN_UP = frozenset({Disposition.ACCOMMODATED, Disposition.PARTIALLY_ACCOMMODATED})
# What a planner writes.
RESPONSE_FIELDS = (
    "disposition",
    "reason_code",
    "forwarded_to",
    "reason",
    "text_before",
    "text_after",
)


class ResponseQuerySet(models.QuerySet["Response"]):
    """Responses by whether they hold and what they change."""

    def in_force(self) -> "ResponseQuerySet":
        return self.filter(superseded_at=None)

    def changing_text(self, shorter_than: int | None = None) -> "ResponseQuerySet":
        """Those that show a sentence before and after (each that short)."""
        changing = self.exclude(text_before="").exclude(text_after="")
        if shorter_than is None:
            return changing
        longest = Greatest(Length("text_before"), Length("text_after"))
        return changing.annotate(longest=longest).filter(longest__lt=shorter_than)


class Response(models.Model):
    """One response to one aspiration. A later one supersedes it; none is deleted."""

    aspiration = models.ForeignKey("Aspiration", models.PROTECT, related_name="responses")
    disposition = models.CharField(_("decision"), max_length=24, choices=Disposition)
    reason_code = models.CharField(
        _("kind of reason"), max_length=24, choices=ReasonCode, blank=True
    )
    reason = models.TextField(_("reason"), blank=True)
    forwarded_to = models.CharField(_("forwarded to"), max_length=200, blank=True)
    changed_block = models.ForeignKey(
        Block, models.PROTECT, null=True, blank=True, related_name="+"
    )
    text_before = models.TextField(_("sentence before"), blank=True)
    text_after = models.TextField(_("sentence after"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True, editable=False)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(
                "aspiration",
                condition=models.Q(superseded_at=None),
                name="one_current_response",
            ),
            models.CheckConstraint(
                condition=models.Q(disposition=Disposition.ACCOMMODATED) | ~models.Q(reason=""),
                name="response_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(disposition__in=NEEDS_REASON_CODE) | ~models.Q(reason_code=""),
                name="response_has_a_reason_code",
            ),
        )

    def __str__(self) -> str:
        return self.get_disposition_display()

    def sha256(self) -> str:
        """What its event attests of it; whether it still holds is the aspiration's state."""
        return sha256_of(facts_of(self, without=("id", "superseded_at")))

    def tidy(self) -> "Response":
        """Drop the spaces around what was written, and what the disposition leaves no room for."""
        for name in RESPONSE_FIELDS:
            setattr(self, name, (getattr(self, name) or "").strip())
        if self.disposition not in NEEDS_REASON_CODE:
            self.reason_code = ""
        if self.disposition != Disposition.FORWARDED:
            self.forwarded_to = ""
        if self.disposition not in TAKEN_UP:
            self.text_after = ""
        if not self.text_after:
            self.text_before = ""
        return self

    def complaints(self) -> dict[str, Any]:
        """What is missing or does not fit, as a sentence for each field."""
        if self.disposition in ("", Disposition.PENDING):
            return {"disposition": _("Choose a decision.")}
        found: dict[str, Any] = {}
        if self.disposition != Disposition.ACCOMMODATED and not self.reason:
            found["reason"] = _("Every answer needs a reason, unless accommodated.")
        if self.disposition in NEEDS_REASON_CODE and not self.reason_code:
            found["reason_code"] = _("Choose the kind of reason.")
        if self.disposition == Disposition.FORWARDED and not self.forwarded_to:
            found["forwarded_to"] = _("Say to whom it is forwarded.")
        if self.text_after and not self.text_before:
            found["text_before"] = _("Write the sentence as it was before the change.")
        if self.text_after and self.text_before == self.text_after:
            found["text_after"] = _("Both sentences are the same. Write what changed.")
        return found

    def refuse_incomplete(self) -> None:
        """Raise DomainError with the first complaint, if there is one."""
        for sentence in self.complaints().values():
            raise DomainError(sentence)

    @property
    def in_words(self) -> str:
        """What the history tells of it, in the portal's language."""
        with translation.override(settings.LANGUAGE_CODE):
            return f"{self.get_disposition_display()}. {self.reason}"

    @property
    def is_taken_up(self) -> bool:
        """Whether it says that the plan changes; that is no promise of money."""
        return self.disposition in TAKEN_UP

    @property
    def shows_change(self) -> bool:
        return bool(self.text_before and self.text_after)

    @property
    def difference(self) -> Difference:
        """The sentence before and after, with the changed words marked."""
        return difference(self.text_before, self.text_after)
