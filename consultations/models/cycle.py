"""The plan cycle: one year's RKPD, with everything about the organiser that may change."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from consultations.models.timeline import PlanEvent


def own_province() -> str:
    """The province of this installation."""
    return settings.PROVINCE


class PlanCycle(models.Model):
    """One plan year. A new year, name, letterhead or signatory is data and needs no deploy."""

    year = models.PositiveSmallIntegerField(
        _("plan year"), unique=True, validators=[MinValueValidator(2020), MaxValueValidator(2100)]
    )
    rpjmd_title = models.CharField(_("title of the RPJMD"), max_length=200)
    rpjmd_start = models.PositiveSmallIntegerField(_("first year of the RPJMD"))
    rpjmd_end = models.PositiveSmallIntegerField(_("last year of the RPJMD"))
    theme = models.CharField(_("theme"), max_length=300, blank=True)
    vision = models.TextField(_("vision"), blank=True)
    missions = models.JSONField(_("missions"), default=list, blank=True)
    province = models.CharField(_("province"), max_length=80, default=own_province)
    organiser_name = models.CharField(_("organiser"), max_length=200)
    organiser_short = models.CharField(_("organiser, short name"), max_length=60)
    organiser_address = models.CharField(_("address for the letterhead"), max_length=300)
    organiser_contact = models.CharField(_("contact for the public"), max_length=200, blank=True)
    signatory_position = models.CharField(_("position of the signatory"), max_length=200)
    signatory_name = models.CharField(_("name of the signatory"), max_length=120, blank=True)
    is_example = models.BooleanField(
        _("example"),
        default=False,
        help_text=_("Shown with a notice that this is not the government's text."),
    )

    class Meta:
        verbose_name = _("plan cycle")
        verbose_name_plural = _("plan cycles")
        ordering = ("-year",)

    def __str__(self) -> str:
        return f"RKPD {self.year}"

    def record_change(self, words: str, *, by: User) -> None:
        """Note in the history of its consultations what was changed about the year."""
        for consultation in self.consultations.all():
            consultation.record(PlanEvent.Verb.YEAR_CHANGED, by=by, words=words)
