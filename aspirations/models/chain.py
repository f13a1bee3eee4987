"""The chain of a consultation's events: its end, and whether it holds."""

from django.db import models

from consultations.models import Consultation


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
