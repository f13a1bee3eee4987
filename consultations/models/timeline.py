"""What happened to a consultation or its text: events that are recorded and never edited."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from consultations.models.record import Recorded


class PlanEventQuerySet(models.QuerySet["PlanEvent"]):
    """Events by who may read them."""

    def public(self) -> "PlanEventQuerySet":
        """What the public page may tell; the work on unpublished text is the desk's."""
        return self.filter(verb__in=PlanEvent.PUBLIC)


class PlanEvent(Recorded):
    """One thing that happened, by whom and when; `words` say what it was about."""

    KIND = "plan"
    ABOUT = ("consultation",)

    class Verb(models.TextChoices):
        PLANNED = "planned", _("Consultation planned")
        YEAR_CHANGED = "year_changed", _("Plan year changed")
        EXTENDED = "extended", _("Closing time moved")
        CHAPTER_PUBLISHED = "chapter_published", _("Chapter published")
        DRAFT_PUBLISHED = "draft_published", _("Draft complete")
        CHAPTER_RENAMED = "chapter_renamed", _("Chapter renamed")
        TEXT_ADDED = "text_added", _("Text added")
        TEXT_CHANGED = "text_changed", _("Text changed")
        TEXT_MOVED = "text_moved", _("Text moved")
        TEXT_REMOVED = "text_removed", _("Text removed")
        TEXT_RESTORED = "text_restored", _("Text brought back")
        REPORTED = "reported", _("Report published")
        FROZEN = "frozen", _("Data frozen for a report")
        RESTORED = "restored", _("Database restored from a backup")

    PUBLIC = (
        Verb.PLANNED,
        Verb.EXTENDED,
        Verb.CHAPTER_PUBLISHED,
        Verb.DRAFT_PUBLISHED,
        Verb.REPORTED,
        Verb.RESTORED,
    )

    EVIDENCE = {
        Verb.PLANNED: (frozenset({"window"}),),
        Verb.EXTENDED: (frozenset({"window"}),),
        Verb.REPORTED: (frozenset({"window"}),),
        Verb.CHAPTER_PUBLISHED: (frozenset({"texts"}),),
        Verb.FROZEN: (frozenset({"snapshot"}),),
        Verb.RESTORED: (frozenset({"lost", "proven"}),),
    }

    consultation = models.ForeignKey("Consultation", models.PROTECT, related_name="events")
    verb = models.CharField(max_length=30, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)

    objects = PlanEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of the plan")
        verbose_name_plural = _("events of the plan")
        ordering = ("at", "pk")

    def subject(self) -> str:
        return self.consultation.slug

    def home(self) -> int:
        return self.consultation_id

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"
