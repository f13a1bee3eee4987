"""The snapshot that reports are made from: every aspiration as it stood at one moment."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aspirations.models import Aspiration, Event, EventChain, Moderation
from consultations.models import Consultation
from reports.errors import CannotCompile

# What a row knows that the public edition does not say.
STAFF_ONLY = frozenset({"author_full", "moderation_reason", "merged_into"})


class FrozenRow(NamedTuple):
    """One aspiration as `rows.rows_of` reads it: its key, whether all may read it, what it says."""

    aspiration_id: int
    is_public: bool
    data: dict[str, Any]


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

    def take(self, rows: Iterable[FrozenRow], *, at: datetime | None = None) -> None:
        """Freeze `rows`. They are read while the end of the event chain is held, so that
        nothing moves meanwhile.

        Taking it again changes nothing. Raises CannotCompile when the chain does not hold.
        """
        with transaction.atomic():
            mine = Snapshot.objects.select_for_update().get(pk=self.pk)
            if mine.taken_at is None:
                chain = EventChain.lock(self.consultation_id)
                mine._refuse_broken_chain()
                mine._freeze(rows, chain, at or timezone.now())
        self.refresh_from_db()

    def no_longer_public(self) -> models.QuerySet["SnapshotRow"]:
        """Rows of the public edition whose aspirations the public may not read by now."""
        public = Aspiration.objects.public().values("pk")
        return self.rows.filter(is_public=True).exclude(aspiration__in=public)

    def _refuse_broken_chain(self) -> None:
        broken = Event.objects.first_broken(self.consultation)
        if broken:
            raise CannotCompile(
                _("The record of events does not hold at %(number)s. Tell the administrator.")
                % {"number": broken.sequence}
            )

    def _freeze(self, rows: Iterable[FrozenRow], chain: EventChain, at: datetime) -> None:
        digest = hashlib.sha256()
        frozen = [
            SnapshotRow(snapshot=self, position=position, **row._asdict())
            for position, row in enumerate(rows, start=1)
        ]
        for row in frozen:
            digest.update(canonical(row.data).encode() + b"\n")
        SnapshotRow.objects.bulk_create(frozen, batch_size=500)
        self.taken_at, self.sha256, self.row_count = at, digest.hexdigest(), len(frozen)
        self.event_count, self.event_head = chain.length, chain.head
        withdrawn = self.consultation.aspirations.filter(moderation=Moderation.WITHDRAWN)
        self.withdrawn_count = withdrawn.count()
        self.save()


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
