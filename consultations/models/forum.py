"""Forum sessions: the meetings that belong to a consultation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.consultation import Consultation


class ForumSession(models.Model):
    """A meeting in a hall (or hybrid) that belongs to the consultation (Permendagri 86/2017)."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="forums")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    venue = models.CharField(_("venue"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("forum session")
        verbose_name_plural = _("forum sessions")
        ordering = ("starts_at",)

    def __str__(self) -> str:
        return self.venue
