"""The original: what someone said, about what, where and for whom. It never changes.

A new field for people's own words is added here, to `WORD_FIELDS` if it is text, and to the form;
check page, browser, status, desk, search, report and digest follow the tuple.
"""

from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from aspirations.models.choices import Kind, StakeholderGroup
from consultations.digests import sha256_of
from consultations.models import (
    AffairField,
    Block,
    Chapter,
    ChapterText,
    Priority,
    Region,
)

# The author's own words, in the order in which they are read; the first one is always there.
WORD_FIELDS = ("body", "suggested_wording", "rationale")
# Hashed when it arrives. Who said it is left out, so that a name can be erased in its time.
ORIGINAL_FIELDS = ("kind", "quote", *WORD_FIELDS, "stakeholder_group", "chapter_id", "region_id")


class Words(NamedTuple):
    """Some of the author's words under the name of their field."""

    name: str
    label: str
    text: str


class Original(models.Model):
    """One matter on one chapter, in its author's words."""

    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="aspirations", db_index=False)
    chapter_text = models.ForeignKey(
        ChapterText, models.PROTECT, null=True, related_name="aspirations", db_index=False
    )
    block = models.ForeignKey(
        Block, models.PROTECT, null=True, blank=True, related_name="aspirations", db_index=False
    )
    quote = models.TextField(_("quoted words"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    body = models.TextField(_("aspiration"))
    suggested_wording = models.TextField(_("suggested wording"), blank=True)
    rationale = models.TextField(_("author's reason"), blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    regency = models.ForeignKey(Region, models.PROTECT, related_name="aspirations", db_index=False)
    affair_field = models.ForeignKey(
        AffairField, models.PROTECT, null=True, blank=True, db_index=False
    )
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True, db_index=False)
    stakeholder_group = models.CharField(
        _("stakeholder group"), max_length=20, choices=StakeholderGroup
    )
    original_sha256 = models.CharField(max_length=64, editable=False)
    submitted_at = models.DateTimeField()
    search_vector = models.GeneratedField(
        # What the author added later (`Aspiration.supplement`) is found like the first words.
        expression=SearchVector(*WORD_FIELDS, "supplement", config="indonesian"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True

    @property
    def further_words(self) -> list[Words]:
        """What the author said besides the body, field by field; only what is there."""
        return [
            Words(name, label_of(name), text)
            for name in WORD_FIELDS[1:]
            if (text := getattr(self, name))
        ]

    def digest(self) -> str:
        """SHA-256 of the original; the author's fingerprint."""
        return sha256_of(self.as_said())

    def as_said(self) -> dict[str, str]:
        """What the digest is made of. Empty fields are left out, so that a field which is added
        later changes nothing about what came in before it."""
        return {name: str(value) for name in ORIGINAL_FIELDS if (value := getattr(self, name))}


def label_of(name: str) -> str:
    """What a field of the original is called."""
    field = Original._meta.get_field(name)
    return capfirst(str(field.verbose_name)) if isinstance(field, models.Field) else name


def differs(row: models.Model, fields: dict[str, Any]) -> bool:
    """Whether the row holds something else than the fields as they came from a form."""
    return any(_differs(row, name, value) for name, value in fields.items())


def _differs(row: models.Model, name: str, value: Any) -> bool:
    if isinstance(value, models.Model):
        name, value = f"{name}_id", value.pk
    return bool(getattr(row, name) != value)
