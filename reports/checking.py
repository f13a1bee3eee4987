"""Whether the whole record of a consultation holds: log, aspirations, snapshots and reports."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import file_digest
from itertools import islice

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from aspirations import checking as aspirations_checking
from consultations import checking as log_checking
from consultations import witness
from consultations.models import Consultation, PlanEvent, RecordCheck, Seal
from consultations.models.record import UNREADABLE
from reports.models import Report, ReportEvent, Snapshot, SnapshotRow
from reports.models.snapshot import PERSONAL, commitment, one_moment

log = logging.getLogger(__name__)
State, Verb = Report.State, ReportEvent.Verb
SENTENCES = 100  # of one consultation: who reads more?


def findings(consultation: Consultation, kept: witness.Kept | None) -> Iterator[str]:
    """Every sentence about something that does not hold; none when all of it does. See
    `consultations.checking.findings` for `kept`."""
    consultation.refresh_from_db()  # as of this moment: it may have been extended since it was read
    for part in (
        log_checking.findings(consultation, kept),
        aspirations_checking.findings(consultation),
        _snapshots(consultation),
        _reports(consultation),
    ):
        yield from _readable(part)


def _readable(part: Iterable[str]) -> Iterator[str]:
    """What a part finds. That it cannot be read is a finding as well, and stops no other part."""
    try:
        yield from part
    except UNREADABLE as error:
        log.exception("a part of the record cannot be read")
        yield _("It holds something that no deed of the portal writes (%(error)s).") % {
            "error": type(error).__name__
        }


def check_all() -> list[str]:
    """What was found in every consultation, each sealed and seen as of one moment; kept for
    `/readyz`."""
    found = [*_some(_readable(log_checking.lost())), *_some(_readable(log_checking.dangling()))]
    names = Consultation.objects.order_by("opens_at").values_list("pk", "slug")
    for pk, slug in list(names):  # a row that cannot be read is one consultation's finding
        found += [f"{slug}: {sentence}" for sentence in _some(_readable(_everything(pk)))]
    RecordCheck.objects.note(found)
    return found


def _some(sentences: Iterator[str]) -> Iterator[str]:
    """The first of them, and how many more there are."""
    yield from islice(sentences, SENTENCES)
    if more := sum(1 for _sentence in sentences):
        yield _("And %(count)d more sentences like these.") % {"count": more}


def _everything(pk: int) -> Iterator[str]:
    consultation = Consultation.objects.get(pk=pk)
    yield from _readable(_sealing(consultation))
    kept = witness.kept(consultation.slug)
    with one_moment():
        yield from findings(consultation, kept)
    yield from _readable(_files(consultation))


def _sealing(consultation: Consultation) -> Iterator[str]:
    """Seal what waits, and keep the root."""
    Seal.objects.seal(consultation.pk, wait=True)
    if not witness.keep(consultation):
        yield _("The newest seal could not be kept outside the database.")


def _snapshots(consultation: Consultation) -> Iterator[str]:
    taken = consultation.snapshots.filter(taken_at__isnull=False).order_by("pk")
    events = consultation.events.filter(verb=PlanEvent.Verb.FROZEN)
    said = Counter(event.evidence["snapshot"] for event in events)
    if said != Counter(snapshot.state_sha256() for snapshot in taken):
        yield _("The frozen data are not those that were recorded.")
    for snapshot in taken:
        about = {"snapshot": f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC"}
        if (
            snapshot.sha256_of_rows() != snapshot.sha256
            or snapshot.rows.count() != snapshot.row_count
        ):
            yield _("The frozen data of %(snapshot)s were changed.") % about
        else:
            yield from _rows(snapshot, about)
        seal = consultation.seals.filter(size=snapshot.log_size).first()
        if snapshot.log_size and (seal is None or seal.root != snapshot.log_root):
            yield _("The seal that the data of %(snapshot)s name is not in the log.") % about


def _rows(snapshot: Snapshot, about: dict[str, str]) -> Iterator[str]:
    """The first row that is not about its aspiration or its author any more."""
    rows = snapshot.rows.select_related("aspiration__author").defer("aspiration__search_vector")
    for row in rows.iterator(chunk_size=1000):
        if not _has_its_words(row):
            yield _("The frozen data of %(snapshot)s are not what people wrote.") % about
            return
        if not _has_its_author(row):
            yield _("Names in the frozen data of %(snapshot)s were changed.") % about
            return


def _has_its_words(row: SnapshotRow) -> bool:
    """Whether it says what its aspiration says; labels may be called otherwise today."""
    one, data = row.aspiration, row.data
    said = [one.code, one.kind, one.quote, one.body, one.submitted_at.isoformat()]
    frozen = [data[name] for name in ("code", "kind", "quote", "body", "submitted_at")]
    further = [words.text for words in one.further_words]
    return frozen == said and [words["text"] for words in data["words"]] == further


def _has_its_author(row: SnapshotRow) -> bool:
    """Whether it names the one it named when it was frozen, or nobody who was erased."""
    salt = row.aspiration.author.salt
    if salt:
        return commitment(salt, row.data) == row.author_sha256
    return not any(row.data[name] for name in PERSONAL)


def _reports(consultation: Consultation) -> Iterator[str]:
    reports = Report.objects.of(consultation).select_related("snapshot").prefetch_related("events")
    for report in reports:
        for sentence in _of(report, list(report.events.all())):
            yield f"{report.code}: {sentence}"


def _of(report: Report, story: list[ReportEvent]) -> Iterator[str]:
    verbs = Counter(event.verb for event in story)
    events = {event.verb: event for event in story}
    requested, ready = events.get(Verb.REQUESTED), events.get(Verb.READY)
    released = events.get(Verb.RELEASED)
    if any(count > 1 for verb, count in verbs.items() if verb in ReportEvent.ONCE):
        yield _("it was asked for, ready or released more than once.")
    if (report.state == State.READY) != (ready is not None):
        yield _("its state is not the one that was recorded.")
    elif ready and ready.evidence != report.evidence():
        yield _("its file or its data are not those that were recorded.")
    if not requested or requested.evidence != {"edition": report.edition}:
        yield _("what was asked for is not what was recorded.")
    if _deed(requested) != (report.requested_at, report.requested_by_id):
        yield _("who asked for it, or when, is not what was recorded.")
    if _deed(ready) != (report.ready_at, None):
        yield _("when it was ready is not what was recorded.")
    if _deed(released) != (report.released_at, report.released_by_id):
        yield _("it was released without a trace, or otherwise than was recorded.")


def _deed(event: ReportEvent | None) -> tuple[datetime | None, int | None]:
    """When, and by whom."""
    return (event.at, event.by_id) if event else (None, None)


def _files(consultation: Consultation) -> Iterator[str]:
    """Each finished file, as it lies in the storage now, against the digest of its report."""
    for report in Report.objects.of(consultation).ready().order_by("pk"):
        try:
            with default_storage.open(report.file) as file:
                same = file_digest(file, "sha256").hexdigest() == report.sha256
        except OSError:
            same = False
        if not same:
            yield _("%(code)s: its file is gone or was changed.") % {"code": report.code}
