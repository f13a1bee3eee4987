"""Freezing a snapshot: the record is sealed and checked, then every row is read, of one moment."""

from datetime import datetime

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import SerializationFailure

from consultations import witness
from consultations.models import Seal
from reports import checking, rows
from reports.errors import CannotCompile
from reports.models import Snapshot
from reports.models.snapshot import one_moment


def freeze(snapshot: Snapshot, *, at: datetime | None = None) -> None:
    """Take the snapshot, once. Raises CannotCompile when the record does not hold.

    Within a transaction of the caller nothing is sealed: others would wait until it ends.
    """
    snapshot.refresh_from_db()
    if snapshot.taken_at:
        return
    if not connection.in_atomic_block:
        witness.keep(Seal.objects.seal(snapshot.consultation_id, wait=True))
    try:
        _freeze(snapshot, at)
    except OperationalError as error:
        if not isinstance(error.__cause__, SerializationFailure):
            raise
        _freeze(snapshot, at)  # another worker took it a moment ago
    # Whoever was erased after the moment that was frozen.
    snapshot.rows.filter(aspiration__author__erased_at__isnull=False).forget_authors()


def _freeze(snapshot: Snapshot, at: datetime | None) -> None:
    kept = witness.kept(snapshot.consultation.slug)
    with one_moment():
        for finding in checking.findings(snapshot.consultation, kept):
            raise CannotCompile(
                _("The record does not hold. %(finding)s Tell the administrator.")
                % {"finding": finding}
            )
        snapshot.take(rows.rows_of(snapshot.consultation), at=at)
