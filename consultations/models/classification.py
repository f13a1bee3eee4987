"""Fixed lists that people choose from: regions, affair fields, priorities."""

import re
from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.errors import DomainError
from consultations.models.cycle import PlanCycle


class RegionQuerySet(models.QuerySet["Region"]):
    """Regions by level."""

    def regencies(self) -> "RegionQuerySet":
        """The 13 regencies and the city, in the order of their codes."""
        return self.filter(level__in=[Region.Level.REGENCY, Region.Level.CITY])

    def named(self, word: str) -> "RegionQuerySet":
        """Those with a word that begins like this in their own name or that of their district."""
        begins = rf"\m{re.escape(word)}"
        return self.filter(Q(name__iregex=begins) | Q(parent__name__iregex=begins))

    def below(self, code: str) -> "RegionQuerySet":
        """The districts of a regency, or the villages of a district."""
        return self.filter(parent_id=code)


class Region(models.Model):
    """An area with its Kemendagri code, `62` (province) down to `62.01.02.2003` (village).

    Source: idn-area-data, Open Database License; see consultations/regions/NOTICE.md.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        REGENCY = "regency", _("Regency")
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        VILLAGE = "village", _("Village")
        KELURAHAN = "kelurahan", _("Urban village")

    code = models.CharField(_("code"), max_length=13, primary_key=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    name = models.CharField(_("name"), max_length=100)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def regency_code(self) -> str:
        """`62.03` for everything inside Kapuas; empty for the province itself."""
        return self.code[:5] if len(self.code) >= 5 else ""

    @property
    def short_name(self) -> str:
        """The name without "Kabupaten"."""
        return self.name.removeprefix("Kabupaten ")


class AffairField(models.Model):
    """A field of government affairs (bidang urusan), Permendagri 90/2019 family of codes."""

    code = models.CharField(_("code"), max_length=5, primary_key=True)
    name = models.CharField(_("name"), max_length=120)
    is_public = models.BooleanField(_("offered to residents"), default=True)

    class Meta:
        verbose_name = _("affair field")
        verbose_name_plural = _("affair fields")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class PriorityQuerySet(models.QuerySet["Priority"]):
    """Priorities of plan years."""

    BEYOND_EVERY_NUMBER = 10_000

    def replace(self, titles: Iterable[str], *, cycle: PlanCycle) -> None:
        """Make these, in this order, the cycle's priorities; a title given twice counts once.

        A title keeps its identity, because it is what residents chose. Raises DomainError when
        one that aspirations already name would disappear or get other words.
        """
        wanted = list(dict.fromkeys(titles))
        with transaction.atomic():
            PlanCycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
            present = self.filter(cycle=cycle)
            for unwanted in present.exclude(title__in=wanted).select_for_update():
                unwanted.take_away()
            # No number may stand twice, not even on the way to the new order.
            present.update(number=F("number") + self.BEYOND_EVERY_NUMBER)
            for number, title in enumerate(wanted, start=1):
                self.update_or_create(cycle=cycle, title=title, defaults={"number": number})


class Priority(models.Model):
    """A development priority of one plan year."""

    cycle = models.ForeignKey(PlanCycle, models.CASCADE, related_name="priorities")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)

    objects = PriorityQuerySet.as_manager()

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        ordering = ("cycle", "number")
        constraints = (models.UniqueConstraint("cycle", "number", name="priority_number"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def take_away(self) -> None:
        """Delete it, unless aspirations name it."""
        try:
            self.delete()
        except models.ProtectedError:
            raise DomainError(
                _("Aspirations already name “%(title)s”. Keep it in the list, in these very words.")
                % {"title": self.title}
            ) from None
