"""One row for the fields that the portal's form for an aspiration has."""

from django.db import models

from aspirations.models import Kind, StakeholderGroup


class Entry(models.Model):
    """What a plain ModelForm would keep of an aspiration."""

    quote = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    body = models.TextField(max_length=2000)
    suggested_wording = models.TextField(max_length=2000, blank=True)
    rationale = models.TextField(max_length=2000, blank=True)
    affair_field = models.ForeignKey(
        "consultations.AffairField", models.PROTECT, null=True, blank=True, related_name="+"
    )
    priority = models.ForeignKey(
        "consultations.Priority", models.PROTECT, null=True, blank=True, related_name="+"
    )
    regency = models.ForeignKey(
        "consultations.Region",
        models.PROTECT,
        limit_choices_to={"level__in": ["regency", "city"]},
        related_name="+",
    )
    district = models.CharField(max_length=13, blank=True)
    village = models.CharField(max_length=13, blank=True)
    stakeholder_group = models.CharField(max_length=20, choices=StakeholderGroup)
    display_name = models.CharField(max_length=120)
    organisation = models.CharField(max_length=200, blank=True)
    position = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    consent_publish = models.BooleanField(default=False)
    show_name = models.BooleanField(default=False)
    privacy = models.BooleanField(default=False)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.display_name
