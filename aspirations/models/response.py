"""The official response: a disposition with its reason, and the sentence that it changed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from consultations.difference import Difference, difference
from consultations.models import Block


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
CHANGES_TEXT = frozenset({Disposition.ACCOMMODATED, Disposition.PARTIALLY_ACCOMMODATED})


class Response(models.Model):
    """One answer to one aspiration. A later answer supersedes it; none is deleted."""

    aspiration = models.ForeignKey("Aspiration", models.CASCADE, related_name="responses")
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

    @property
    def shows_change(self) -> bool:
        return bool(self.text_before and self.text_after)

    @property
    def difference(self) -> Difference:
        """The sentence before and after, with the changed words marked."""
        return difference(self.text_before, self.text_after)
