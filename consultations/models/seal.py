"""The log of a consultation: an append-only Merkle tree (RFC 9162) over what was recorded of it.

The sealer numbers what waits, adds it as leaves and keeps the new root. Each root contains the one
before it, so that whoever kept a root can prove that nothing sealed by then was dropped or changed.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from consultations import merkle
from consultations.digests import sha256_of
from consultations.models.record import Recorded, Unsealed, recorded_rows, utc

logger = logging.getLogger(__name__)
WIDTH = 256  # leaves under a tile of the first level, tiles of one level under one of the next
BATCH = 2000  # leaves that are sealed in one transaction
LOCK = 0x5EA1  # the first half of the sealer's advisory locks; the second is the consultation


LAST_OF_DAYS = """
SELECT seal.* FROM generate_series(%s::date, %s::date, interval '1 day') AS days(day)
CROSS JOIN LATERAL (
    SELECT * FROM consultations_seal WHERE consultation_id = %s
       AND at >= day::timestamp AT TIME ZONE %s
       AND at < (day::timestamp + interval '1 day') AT TIME ZONE %s
     ORDER BY at DESC, size DESC LIMIT 1
) AS seal ORDER BY seal.size DESC
"""


class Leaf(models.Model):
    """One recorded row at its place in the log; `hash` is the leaf's, of its statement."""

    consultation = models.ForeignKey("Consultation", models.PROTECT, related_name="+")
    index = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20)
    row = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "leaf"
        verbose_name_plural = "leaves"
        ordering = ("consultation", "index")
        constraints = (
            models.UniqueConstraint("consultation", "index", name="leaf_index"),
            models.UniqueConstraint("consultation", "kind", "row", name="one_leaf_per_row"),
        )

    def __str__(self) -> str:
        return f"{self.index}: {self.kind} {self.row}"


class Tile(models.Model):
    """The hash over WIDTH ** level leaves that are all there, so that no proof reads them all."""

    consultation = models.ForeignKey("Consultation", models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "tile"
        constraints = (
            models.UniqueConstraint("consultation", "level", "index", name="tile_index"),
        )

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Log:
    """The hashes of one consultation's log, read a window of WIDTH at a time."""

    def __str__(self) -> str:
        return f"{self.consultation_id}/{self.size}"

    def __init__(self, consultation_id: int, size: int) -> None:
        self.consultation_id, self.size = consultation_id, size
        self.windows: dict[tuple[int, int], dict[int, bytes]] = {}

    def subtree(self, start: int, end: int) -> bytes:
        """The hash of the tree over the leaves [start, end)."""
        level, length = 0, 1
        while length * WIDTH <= end - start:
            level, length = level + 1, length * WIDTH
        if end - start == length and start % length == 0:
            return self.hash_at(level, start // length)
        middle = start + merkle.split(end - start)
        return merkle.node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def hash_at(self, level: int, index: int) -> bytes:
        """A leaf's hash (level 0) or a tile's. Raises KeyError if it is not there."""
        return self.window(level, index // WIDTH)[index]

    def window(self, level: int, number: int) -> dict[int, bytes]:
        if (level, number) not in self.windows:
            mine = {"consultation": self.consultation_id}
            here = {"index__gte": number * WIDTH, "index__lt": (number + 1) * WIDTH}
            tiles = Tile.objects.filter(level=level, **mine, **here)
            found = tiles if level else Leaf.objects.filter(**mine, **here)
            rows = found.order_by().values_list("index", "hash")
            self.windows[level, number] = {index: bytes(hash_) for index, hash_ in rows}
        return self.windows[level, number]

    def root(self) -> bytes:
        return self.subtree(0, self.size) if self.size else merkle.EMPTY

    def append(self, hashes: list[bytes]) -> list[Tile]:
        """Add leaves at the end; the tiles that became whole by it. Saves nothing."""
        for index, hash_ in enumerate(hashes, start=self.size):
            self.window(0, index // WIDTH)[index] = hash_
        before, self.size = self.size, self.size + len(hashes)
        tiles: list[Tile] = []
        level, length = 1, WIDTH
        while length <= self.size:
            for index in range(before // length, self.size // length):
                tiles.append(self._tile(level, index))
            level, length = level + 1, length * WIDTH
        return tiles

    def _tile(self, level: int, index: int) -> Tile:
        below = [self.hash_at(level - 1, index * WIDTH + offset) for offset in range(WIDTH)]
        hash_ = merkle.subtree_of(below)(0, WIDTH)
        self.window(level, index // WIDTH)[index] = hash_
        return Tile(consultation_id=self.consultation_id, level=level, index=index, hash=hash_)


class SealQuerySet(models.QuerySet["Seal"]):
    """Seals by consultation and size."""

    def of(self, consultation_id: int) -> "SealQuerySet":
        return self.filter(consultation=consultation_id)

    def last_of_days(self, consultation_id: int) -> list["Seal"]:
        """The last seal of each day (WIB), the newest first: what is mailed out and published for
        good. One look-up for each day, however many seals there are."""
        first = self.of(consultation_id).order_by("at").first()
        if first is None:
            return []
        start, end = timezone.localdate(first.at), timezone.localdate() + timedelta(days=1)
        zone = settings.TIME_ZONE
        return list(self.raw(LAST_OF_DAYS, [start, end, consultation_id, zone, zone]))

    def newest(self, consultation_id: int) -> "Seal | None":
        return self.of(consultation_id).order_by("-size").first()

    def seal(
        self, consultation_id: int, *, wait: bool = False, at: datetime | None = None
    ) -> "Seal | None":
        """Seal all that waits, and give the newest seal. One at a time: whoever finds another
        sealer at work leaves it to that one, or waits for it."""
        while self._seal_some(consultation_id, wait=wait, at=at):
            pass
        return self.newest(consultation_id)

    def _seal_some(self, consultation_id: int, *, wait: bool, at: datetime | None) -> int:
        """How many were sealed."""
        with transaction.atomic():
            if not _only_sealer(consultation_id, wait=wait):
                return 0
            found = _waiting(consultation_id)
            if not found:
                return 0
            newest = self.newest(consultation_id)
            log = Log(consultation_id, newest.size if newest else 0)
            if Leaf.objects.filter(consultation=consultation_id, index__gte=log.size).exists():
                logger.error("the log %s has leaves without a seal; it is left as it is", log)
                return 0
            leaves = list(_leaves(consultation_id, found, start=log.size))
            try:
                tiles = log.append([bytes(leaf.hash) for leaf in leaves])
                root = log.root().hex()
            except KeyError:
                logger.error("of the log %s something is missing; it is left as it is", log)
                return 0
            at = at or timezone.now()
            seal = Seal(consultation_id=consultation_id, size=log.size, root=root, at=at)
            seal.link = seal.linked_to(newest)
            Leaf.objects.bulk_create(leaves)
            Tile.objects.bulk_create(tiles)
            seal.save()
            Unsealed.objects.filter(pk__in=[note.pk for note, _row in found]).delete()
            return len(found)


class Seal(models.Model):
    """The root of the log when it had `size` leaves."""

    consultation = models.ForeignKey("Consultation", models.PROTECT, related_name="seals")
    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    link = models.CharField(max_length=64)  # binds it and its time to all seals before it

    objects = SealQuerySet.as_manager()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ("consultation", "size")
        constraints = (models.UniqueConstraint("consultation", "size", name="seal_size"),)
        indexes = (models.Index(fields=["consultation", "at"], name="seal_time"),)

    def __str__(self) -> str:
        return f"{self.size}: {self.root}"

    @cached_property
    def log(self) -> Log:
        return Log(self.consultation_id, self.size)

    def linked_to(self, before: "Seal | None") -> str:
        """The digest over this seal and, by the link of the one before it, over all of them."""
        return sha256_of([before.link if before else "", self.size, self.root, utc(self.at)])

    def is_true(self) -> bool:
        """Whether it is the root of its log, and linked to the seal before it."""
        before = Seal.objects.of(self.consultation_id).filter(size__lt=self.size)
        try:
            root = self.log.root().hex()
        except KeyError:  # leaves are missing
            return False
        return root == self.root and self.link == self.linked_to(before.order_by("-size").first())

    def inclusion_of(self, leaf: Leaf) -> list[str]:
        """The proof that the leaf is in the log, as hex."""
        proof = merkle.inclusion_proof(leaf.index, self.size, self.log.subtree)
        return [hash_.hex() for hash_ in proof]

    def consistency_with(self, older: "Seal") -> list[str]:
        """The proof that the log of the older seal is the beginning of this one's, as hex."""
        proof = merkle.consistency_proof(older.size, self.size, self.log.subtree)
        return [hash_.hex() for hash_ in proof]


def _only_sealer(consultation_id: int, *, wait: bool) -> bool:
    """Take the sealer's lock until the transaction ends."""
    call = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}(%s, %s)", [LOCK, consultation_id])
        (answer,) = cursor.fetchone()
    return bool(wait or answer)


def _leaves(
    consultation_id: int, found: list[tuple[Unsealed, Recorded]], *, start: int
) -> Iterator[Leaf]:
    for index, (note, row) in enumerate(found, start=start):
        yield Leaf(
            consultation_id=consultation_id,
            index=index,
            kind=note.kind,
            row=note.row,
            hash=merkle.leaf_hash(row.leaf_data()),
        )


def _waiting(consultation_id: int) -> list[tuple[Unsealed, Recorded]]:
    """The next rows to seal, past those that are gone."""
    last = 0
    while True:
        notes = Unsealed.objects.filter(consultation=consultation_id, pk__gt=last).order_by("pk")
        waiting = list(notes[:BATCH])
        found = _recorded(waiting)
        if found or not waiting:
            return found
        last = waiting[-1].pk


def _recorded(waiting: list[Unsealed]) -> list[tuple[Unsealed, Recorded]]:
    """The rows that wait, in order. What is gone, was sealed before, or holds what no verb of ours
    writes stays unsealed, which raises the alarm."""
    rows = recorded_rows(waiting)
    sealed = _sealed(waiting)
    pairs = ((note, rows.get((note.kind, note.row))) for note in waiting)
    return [
        (note, row)
        for note, row in pairs
        if row is not None
        and isinstance(row.evidence, dict)
        and (note.kind, note.row) not in sealed
    ]


def _sealed(waiting: list[Unsealed]) -> set[tuple[str, int]]:
    """Those of which their log has a leaf already: whoever noted them again was not the trigger."""
    found: set[tuple[str, int]] = set()
    for home, kind in {(note.consultation_id, note.kind) for note in waiting}:
        rows = [note.row for note in waiting if note.kind == kind]
        leaves = Leaf.objects.filter(consultation=home, kind=kind, row__in=rows)
        found |= set(leaves.values_list("kind", "row"))
    return found
