"""The snapshot that reports are made from: every aspiration as it stood at one moment."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from aspirations.models import Aspiration, Moderation
from consultations.digests import canonical, sha256_of
from consultations.models import Consultation, Seal
from consultations.models.record import facts_of

CHUNK = 500  # rows at a time in memory
# What a row knows that the public edition does not say.
STAFF_ONLY = frozenset({"author_full", "moderation_reason", "merged_into"})
# Who said it. The digest of a row holds only a salted commitment to that.
PERSONAL = {"author": "", "author_full": ""}


class FrozenRow(NamedTuple):
    """One aspiration as `rows.rows_of` reads it: its key, whether all may read it, what it says,
    and the commitment to who said it."""

    aspiration_id: int
    is_public: bool
    data: dict[str, Any]
    author_sha256: str


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction that sees the database as it stood at one moment and makes nobody wait.
    Within a transaction of the caller, as that one sees it."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


class Snapshot(models.Model):
    """What was true at one moment: every aspiration's row, frozen, with one digest over all."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="snapshots")
    taken_at = models.DateTimeField(null=True)
    log_size = models.PositiveBigIntegerField(default=0)
    log_root = models.CharField(max_length=64, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    withdrawn_count = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.consultation} · {self.taken_at}"

    def take(self, rows: Iterable[FrozenRow], *, at: datetime | None = None) -> None:
        """Freeze `rows`, which are read within `one_moment`. Taking it again changes nothing."""
        with transaction.atomic():
            mine = Snapshot.objects.select_for_update(no_key=True).get(pk=self.pk)
            if mine.taken_at is None:
                mine._freeze(rows, at or timezone.now())
        self.refresh_from_db()

    def sha256_of_rows(self) -> str:
        """The digest over all rows as they lie in the database now."""
        digest = hashlib.sha256()
        for row in self.rows.order_by("position").iterator(CHUNK):
            digest.update(row.line())
        return digest.hexdigest()

    def state_sha256(self) -> str:
        """The digest of what was taken when: of the rows by their own, and of the seal below."""
        return sha256_of(facts_of(self))

    def hold_public(self) -> None:
        """Let nothing of the public edition change until the transaction ends; whoever withdraws
        at this moment comes before or after. In the order of `Aspiration.objects.hold`."""
        shown = self.rows.filter(is_public=True).values("aspiration")
        held = Aspiration.objects.filter(pk__in=shown).order_by("pk").select_for_update(no_key=True)
        list(held.values_list("pk"))

    def no_longer_public(self) -> models.QuerySet["SnapshotRow"]:
        """Rows of the public edition that the public may not read so by now: the aspiration is not
        public any more, or its author, who stands there by name, was erased."""
        # The twin of `AspirationQuerySet.public`, in words that need no list of all public ones.
        shown = {"moderation": Moderation.ACCEPTED, "consent_publish": True}
        gone = ~Q(**{f"aspiration__{name}": value for name, value in shown.items()})
        erased = Q(aspiration__author__erased_at__isnull=False) & ~Q(author_sha256="")
        named = Q(aspiration__author__show_name=True)
        return self.rows.filter(gone | erased & named, is_public=True)

    def _freeze(self, rows: Iterable[FrozenRow], at: datetime) -> None:
        digest, count, rest = hashlib.sha256(), 0, iter(rows)
        while some := list(islice(rest, CHUNK)):
            frozen = [
                SnapshotRow(snapshot=self, position=position, **row._asdict())
                for position, row in enumerate(some, start=count + 1)
            ]
            for row in frozen:
                digest.update(row.line())
            SnapshotRow.objects.bulk_create(frozen)
            count += len(frozen)
        self.taken_at, self.sha256, self.row_count = at, digest.hexdigest(), count
        if seal := Seal.objects.newest(self.consultation_id):
            self.log_size, self.log_root = seal.size, seal.root
        withdrawn = self.consultation.aspirations.filter(moderation=Moderation.WITHDRAWN)
        self.withdrawn_count = withdrawn.count()
        self.save()


class SnapshotRowQuerySet(models.QuerySet["SnapshotRow"]):
    """Rows of snapshots."""

    def forget_authors(self) -> None:
        """Take away who said it, before the author goes; the digests hold. While a snapshot is
        taken this waits for it, and takes the name out of that one too."""
        _lock_rows("ROW EXCLUSIVE")
        for row in self:
            row.data |= PERSONAL
            row.save(update_fields=["data"])


def hold_rows() -> None:
    """Let nobody be forgotten in any snapshot, and no other one be taken, until the transaction
    ends. The first thing that it does, so that it sees whoever was forgotten before: the lock of a
    table does not fix the moment yet.
    """
    _lock_rows("SHARE ROW EXCLUSIVE")


def _lock_rows(mode: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {SnapshotRow._meta.db_table} IN {mode} MODE")


class SnapshotRow(models.Model):
    """One aspiration as it stood when the snapshot was taken."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="rows")
    aspiration = models.ForeignKey(Aspiration, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    is_public = models.BooleanField()
    data = models.JSONField()
    author_sha256 = models.CharField(max_length=64, blank=True)

    objects = SnapshotRowQuerySet.as_manager()

    class Meta:
        ordering = ("snapshot", "position")
        constraints = (models.UniqueConstraint("snapshot", "position", name="snapshot_position"),)

    def __str__(self) -> str:
        return f"{self.snapshot_id}/{self.position}"

    def line(self) -> bytes:
        """What enters the snapshot's digest."""
        said = {name: value for name, value in self.data.items() if name not in PERSONAL}
        who = {"author_sha256": self.author_sha256, "public": self.is_public}
        return canonical({**said, **who}).encode() + b"\n"

    def for_edition(self, edition: str) -> dict[str, Any]:
        """The row's data; what only staff may know is taken out before the public edition."""
        hidden = STAFF_ONLY if edition == "public" else frozenset()
        data = {key: value for key, value in self.data.items() if key not in hidden}
        return {**data, "is_public": self.is_public}


def commitment(salt: str, data: dict[str, Any]) -> str:
    """What the digest of a row holds of who said it; empty once the author's salt is erased."""
    if not salt:
        return ""
    return sha256_of({"salt": salt, **{name: data[name] for name in PERSONAL}})
