"""Whether the whole record of a consultation holds: log, aspirations, snapshots and reports."""

from collections.abc import Iterator
from itertools import chain

from django.utils.translation import gettext as _

from aspirations import checking as aspirations_checking
from consultations import checking as log_checking
from consultations import witness
from consultations.models import Consultation, RecordCheck, Seal
from reports.models import Report, ReportEvent, Snapshot
from reports.models.snapshot import PERSONAL, commitment, one_moment

State, Verb = Report.State, ReportEvent.Verb


def findings(consultation: Consultation, kept: witness.Kept | None) -> Iterator[str]:
    """Every sentence about something that does not hold; none when all of it does. See
    `consultations.checking.findings` for `kept`."""
    return chain(
        log_checking.findings(consultation, kept),
        aspirations_checking.findings(consultation),
        _snapshots(consultation),
        _reports(consultation),
    )


def check_all() -> list[str]:
    """Every finding in every consultation, each sealed and seen as of one moment; kept for
    `/readyz`."""
    found = [_lost(slug) for slug in log_checking.lost()]
    for consultation in Consultation.objects.order_by("opens_at"):
        seal = Seal.objects.seal(consultation.pk, wait=True)
        kept = witness.kept(consultation.slug)
        with one_moment():
            sentences = list(findings(consultation, kept))
        found += [f"{consultation.slug}: {sentence}" for sentence in sentences]
        witness.keep(seal)
    RecordCheck.objects.note(found)
    return found


def _lost(slug: str) -> str:
    sentence = _("Outside the database a seal of this consultation is kept; it is no longer here.")
    return f"{slug}: {sentence}"


def _snapshots(consultation: Consultation) -> Iterator[str]:
    for snapshot in consultation.snapshots.filter(taken_at__isnull=False).order_by("pk"):
        about = {"snapshot": f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC"}
        if snapshot.sha256_of_rows() != snapshot.sha256 or not _row_count_holds(snapshot):
            yield _("The frozen data of %(snapshot)s were changed.") % about
        elif _changed_authors(snapshot):
            yield _("Names in the frozen data of %(snapshot)s were changed.") % about
        seal = consultation.seals.filter(size=snapshot.log_size).first()
        if snapshot.log_size and (seal is None or seal.root != snapshot.log_root):
            yield _("The seal that the data of %(snapshot)s name is not in the log.") % about


def _row_count_holds(snapshot: Snapshot) -> bool:
    return snapshot.rows.count() == snapshot.row_count


def _changed_authors(snapshot: Snapshot) -> bool:
    """Somebody else's name than the one that was frozen, or a name of somebody who was erased."""
    rows = snapshot.rows.values_list("data", "author_sha256", "aspiration__author__salt")
    for data, sha256, salt in rows.iterator(chunk_size=1000):
        names = [data[name] for name in PERSONAL]
        if any(names) if not salt else commitment(salt, data) != sha256:
            return True
    return False


def _reports(consultation: Consultation) -> Iterator[str]:
    reports = Report.objects.of(consultation).select_related("snapshot").prefetch_related("events")
    for report in reports:
        events = {event.verb: event for event in report.events.all()}  # the last of each verb
        ready, released = events.get(Verb.READY), events.get(Verb.RELEASED)
        if (report.state == State.READY) != (ready is not None):
            yield _("%(code)s: its state is not the one that was recorded.") % {"code": report.code}
        elif ready and ready.evidence != _made(report):
            yield _(
                "%(code)s: the digest of its file or data is not the one that was recorded."
            ) % {"code": report.code}
        if bool(report.released_at) != bool(released):
            yield _("%(code)s: it was released without a trace, or is not any more.") % {
                "code": report.code
            }


def _made(report: Report) -> dict[str, str | int]:
    return {"file": report.sha256, "data": report.snapshot.sha256, "rows": report.row_count}
