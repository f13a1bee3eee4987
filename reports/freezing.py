"""Freezing a snapshot: the record is sealed and checked, then every row is read, of one moment."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from consultations import witness
from consultations.checking import dangling
from consultations.models import PlanEvent, Seal
from reports import checking, rows
from reports.errors import CannotCompile
from reports.models import Snapshot
from reports.models.snapshot import hold_rows, one_moment


def freeze(snapshot: Snapshot, *, at: datetime | None = None) -> None:
    """Take the snapshot, once. Raises CannotCompile when the record does not hold.

    Within a transaction of the caller nothing is sealed: others would wait until it ends.
    """
    consultation = snapshot.consultation
    if not connection.in_atomic_block:
        Seal.objects.seal(consultation.pk, wait=True)
        witness.keep(consultation)
    _refuse(dangling())  # before anybody has to wait
    kept = witness.kept(consultation.slug)
    with one_moment():
        hold_rows()
        snapshot.refresh_from_db()
        if snapshot.taken_at:  # by another worker, or before
            return
        _refuse(checking.findings(consultation, kept))
        snapshot.take(rows.rows_of(consultation), at=at)
        frozen = {"snapshot": snapshot.state_sha256()}
        consultation.record(PlanEvent.Verb.FROZEN, by=None, at=at, evidence=frozen)


def _refuse(findings: Iterator[str]) -> None:
    for finding in findings:
        raise CannotCompile(
            _("The record does not hold. %(finding)s Tell the administrator.")
            % {"finding": finding}
        )
