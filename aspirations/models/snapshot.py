"""The snapshot that a report is made from: every aspiration as it stood at one moment."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from aspirations.models.aspiration import Aspiration
from aspirations.models.choices import Moderation
from aspirations.models.event import Event, EventChain
from aspirations.reporting import CannotCompile
from consultations.models import Consultation

# What a row knows that the public edition does not say.
STAFF_ONLY = frozenset({"author_full", "moderation_reason", "merged_into"})


class Snapshot(models.Model):
    """What was true at one moment: every aspiration's row, frozen, with one digest over all."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="snapshots")
    taken_at = models.DateTimeField(null=True)
    event_count = models.PositiveIntegerField(default=0)
    event_head = models.CharField(max_length=64, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    withdrawn_count = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.consultation} · {self.taken_at}"

    def take(self, *, at: datetime | None = None) -> None:
        """Freeze the rows. Holding the end of the event chain keeps everyone else still.

        Taking it again changes nothing. Raises CannotCompile when the chain does not hold.
        """
        with transaction.atomic():
            mine = Snapshot.objects.select_for_update().get(pk=self.pk)
            if mine.taken_at is None:
                mine._freeze(EventChain.lock(self.consultation_id), at or timezone.now())
        self.refresh_from_db()

    def no_longer_public(self) -> models.QuerySet["SnapshotRow"]:
        """Rows of the public edition whose aspirations the public may not read by now."""
        public = Aspiration.objects.public().values("pk")
        return self.rows.filter(is_public=True).exclude(aspiration__in=public)

    def _freeze(self, chain: EventChain, at: datetime) -> None:
        broken = Event.objects.first_broken(self.consultation)
        if broken:
            raise CannotCompile(
                _("The record of events does not hold at %(number)s. Tell the administrator.")
                % {"number": broken.sequence}
            )
        digest = hashlib.sha256()
        rows = list(self._rows())
        for row in rows:
            digest.update(canonical(row.data).encode() + b"\n")
        SnapshotRow.objects.bulk_create(rows, batch_size=500)
        self.taken_at, self.sha256, self.row_count = at, digest.hexdigest(), len(rows)
        self.event_count, self.event_head = chain.length, chain.head
        self.withdrawn_count = self.consultation.aspirations.filter(
            moderation=Moderation.WITHDRAWN
        ).count()
        self.save()

    def _rows(self) -> Iterator["SnapshotRow"]:
        """Everything but what its author withdrew, in the order of the plan."""
        aspirations = (
            self.consultation.aspirations.exclude(moderation=Moderation.WITHDRAWN)
            .with_lists()
            .with_current_response()
            .select_related("affair_field", "priority", "merged_into")
            .order_by("chapter__number", "submitted_at", "pk")
        )
        with translation.override(settings.LANGUAGE_CODE):
            for position, aspiration in enumerate(aspirations, start=1):
                yield SnapshotRow(
                    snapshot=self,
                    position=position,
                    aspiration=aspiration,
                    is_public=aspiration.is_public,
                    data=row_data(aspiration),
                )


class SnapshotRow(models.Model):
    """One aspiration as it stood when the snapshot was taken."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="rows")
    aspiration = models.ForeignKey(Aspiration, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    is_public = models.BooleanField()
    data = models.JSONField()

    class Meta:
        ordering = ("snapshot", "position")
        constraints = (models.UniqueConstraint("snapshot", "position", name="snapshot_position"),)

    def __str__(self) -> str:
        return f"{self.snapshot_id}/{self.position}"

    def for_edition(self, edition: str) -> dict[str, Any]:
        """The row's data; what only staff may know is taken out before the public edition."""
        hidden = STAFF_ONLY if edition == "public" else frozenset()
        data = {key: value for key, value in self.data.items() if key not in hidden}
        return {**data, "is_public": self.is_public}


def canonical(data: dict[str, Any]) -> str:
    """One line of JSON that is the same for the same content."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def row_data(aspiration: Aspiration) -> dict[str, Any]:
    """What a report may say about an aspiration, labels in the active language.

    `author` is for the public edition, `author_full` for the internal one.
    """
    response = aspiration.response
    field = aspiration.affair_field
    return {
        "code": aspiration.code,
        "chapter_number": aspiration.chapter.number,
        "chapter_label": aspiration.chapter.label,
        "chapter_title": aspiration.chapter.title,
        "kind": aspiration.kind,
        "kind_label": str(aspiration.get_kind_display()),
        "quote": aspiration.quote,
        "body": aspiration.body,
        "suggested_wording": aspiration.suggested_wording,
        "rationale": aspiration.rationale,
        "supplement": aspiration.supplement,
        "region": aspiration.region.name,
        "regency_code": aspiration.regency_id,
        "regency": aspiration.regency.name,
        "affair_field_code": field.code if field else "",
        "affair_field": field.name if field else "",
        "priority": str(aspiration.priority or ""),
        "group": aspiration.stakeholder_group,
        "group_label": str(aspiration.get_stakeholder_group_display()),
        "author": aspiration.public_author,
        "author_full": aspiration.full_author,
        "agency": aspiration.agency.name if aspiration.agency else "",
        "channel": aspiration.channel,
        "channel_label": str(aspiration.get_channel_display()),
        "submitted_at": aspiration.submitted_at.isoformat(),
        "moderation": aspiration.moderation,
        "moderation_label": str(aspiration.get_moderation_display()),
        "moderation_reason": aspiration.moderation_reason,
        "merged_into": aspiration.merged_into.code if aspiration.merged_into else "",
        "disposition": aspiration.disposition,
        "disposition_label": str(aspiration.get_disposition_display()),
        "tags": [
            {"facet": tag.facet, "slug": tag.slug, "name": tag.name}
            for tag in aspiration.tags.all()
        ],
        "response": response
        and {
            "reason_code_label": str(response.get_reason_code_display()),
            "reason": response.reason,
            "forwarded_to": response.forwarded_to,
            "text_before": response.text_before,
            "text_after": response.text_after,
            "at": response.at.isoformat(),
        },
    }
