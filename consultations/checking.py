"""Whether the log of a consultation still holds. Every finding is a sentence."""

import logging
from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from consultations import merkle, witness
from consultations.models import ChapterText, Consultation, Leaf, PlanEvent, Seal, Tile, Unsealed
from consultations.models.record import Recorded, kinds, recorded_rows
from consultations.models.seal import WIDTH, Log

log = logging.getLogger(__name__)
CHUNK = 1000
LATEST = timedelta(hours=2)  # in which any transaction has committed and been sealed


def findings(consultation: Consultation, kept: witness.Kept | None) -> Iterator[str]:
    """Everything about the log that does not hold. The caller sees it as of one moment, and read
    before that moment which root is kept outside the database."""
    yield from _witness(consultation, kept)
    yield from _seals(consultation)
    yield from _rows(consultation)
    yield from _numbers(consultation)
    yield from _waiting(consultation)
    yield from _window(consultation)
    yield from _texts(consultation)


def lost() -> Iterator[str]:
    """The consultations of which only a seal is left, kept outside the database."""
    try:
        kept = witness.slugs()  # before the consultations: one may be planned at this moment
    except OSError as error:
        log.warning("the kept roots cannot be listed: %s", error.strerror)
        yield _("The root that is kept outside the database cannot be read.")
        return
    here = set(Consultation.objects.values_list("slug", flat=True))
    for slug in kept:
        if slug not in here:
            yield _("%(slug)s: outside the database a seal is kept; it is no longer here.") % {
                "slug": slug
            }


def dangling() -> Iterator[str]:
    """What lacks the very row it belongs to, so that no look at a consultation would find it: a
    place, a person or a consultation that was deleted hides all that refers to it."""
    for model, field in _references():
        target = {field.target_field.attname: OuterRef(field.attname)}
        gone = ~Exists(field.related_model._base_manager.filter(**target))
        rows = model._base_manager.filter(gone, **{f"{field.attname}__isnull": False})
        if count := rows.count():
            yield _("%(count)d rows (%(kind)s) belong to something that is not there.") % {
                "count": count,
                "kind": f"{model._meta.label}.{field.name}",
            }


def _references() -> Iterator[tuple[type[models.Model], Any]]:
    """Every column that names another row."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation:
                yield model, field


class Growth:
    """The roots of a log as it grows: the whole subtrees at its end, the largest first."""

    def __init__(self) -> None:
        self.peaks: list[tuple[int, bytes]] = []  # leaves under it, its hash
        self.size = 0

    def add(self, leaf: bytes) -> None:
        width, self.size = 1, self.size + 1
        while self.peaks and self.peaks[-1][0] == width:
            _width, left = self.peaks.pop()
            leaf, width = merkle.node_hash(left, leaf), width * 2
        self.peaks.append((width, leaf))

    def root(self) -> str:
        if not self.peaks:
            return merkle.EMPTY.hex()
        *above, (_width, root) = self.peaks
        for _width, left in reversed(above):
            root = merkle.node_hash(left, root)
        return root.hex()


def _seals(consultation: Consultation) -> Iterator[str]:
    """Each seal against the leaves that are there, and the one before it."""
    yield from _links(consultation)
    expected = dict(consultation.seals.values_list("size", "root"))
    growth = Growth()
    for index, hash_ in _leaves(consultation).values_list("index", "hash").iterator(CHUNK):
        if index != growth.size:
            yield _("Entry %(index)d of the log is missing.") % {"index": growth.size}
            return
        growth.add(bytes(hash_))
        root = expected.pop(growth.size, None)
        if root is not None and root != growth.root():
            yield _("The seal over %(size)d entries is not the root of those entries.") % {
                "size": growth.size
            }
    for size in sorted(expected):
        yield _("The seal over %(size)d entries stands over entries that are gone.") % {
            "size": size
        }
    newest = Seal.objects.newest(consultation.pk)
    if growth.size > (newest.size if newest else 0):
        yield _("The log has %(size)d entries, but the seals end before.") % {"size": growth.size}
    yield from _tiles(consultation, growth.size)


def _links(consultation: Consultation) -> Iterator[str]:
    """That no seal was taken out from between, and none has another time."""
    before = None
    for seal in consultation.seals.order_by("size").iterator(CHUNK):
        if seal.link != seal.linked_to(before):
            yield _(
                "The seal over %(size)d entries, its time or the seals before it are not as they"
                " were made."
            ) % {"size": seal.size}
        before = seal


def _witness(consultation: Consultation, kept: witness.Kept | None) -> Iterator[str]:
    if kept is None:
        return
    if kept == witness.SPOILT:
        yield _("The root that is kept outside the database cannot be read.")
        return
    here = consultation.seals.filter(size=kept.size).first()
    if here is None:
        yield _(
            "Outside the database a seal over %(size)d entries is kept; it is no longer here."
        ) % {"size": kept.size}
    elif (here.root, here.link) != (kept.root, kept.link):
        yield _("The seal over %(size)d entries is not the one that is kept elsewhere.") % {
            "size": kept.size
        }


def _tiles(consultation: Consultation, size: int) -> Iterator[str]:
    log, level, length = Log(consultation.pk, size), 1, WIDTH
    while length <= size:
        there = Tile.objects.filter(consultation=consultation, level=level).count()
        if there != size // length:
            yield _("Of the log's tiles of level %(level)d some are missing.") % {"level": level}
        level, length = level + 1, length * WIDTH
    for tile in Tile.objects.filter(consultation=consultation).order_by("level", "index"):
        below = log.window(tile.level - 1, tile.index)
        whole = len(below) == WIDTH
        if not whole or merkle.subtree_of([below[i] for i in sorted(below)])(0, WIDTH) != bytes(
            tile.hash
        ):
            yield _("The tile %(tile)s of the log does not fit.") % {"tile": tile}
        log.windows.pop((tile.level - 1, tile.index), None)


def _leaves(consultation: Consultation) -> models.QuerySet[Leaf]:
    return Leaf.objects.filter(consultation=consultation).order_by("index")


def _rows(consultation: Consultation) -> Iterator[str]:
    """Each leaf against the row that it was made of."""
    chunk: list[Leaf] = []
    last: dict[str, int] = {}
    for leaf in _leaves(consultation).iterator(CHUNK):
        chunk.append(leaf)
        if len(chunk) == CHUNK:
            yield from _changed(chunk, last)
            chunk = []
    yield from _changed(chunk, last)


def _changed(leaves: list[Leaf], last: dict[str, int]) -> Iterator[str]:
    """`last` holds, by subject, the key of the last event that attested a state: such events are
    made one after the other, so their keys and their places stand in one order."""
    rows = recorded_rows(leaves)
    for leaf in leaves:
        row = rows.get((leaf.kind, leaf.row))
        about = {"index": leaf.index, "kind": leaf.kind, "row": leaf.row}
        if row is None:
            yield _("Entry %(index)d was sealed, but its event is gone (%(kind)s %(row)d).") % about
        elif not row.has_its_evidence():
            yield _("%(code)s: the event at entry %(index)d attests what no such event does.") % {
                "code": row.subject(),
                **about,
            }
        elif not _is_of(leaf, row):
            yield _("%(code)s: the event at entry %(index)d is not the one that was sealed.") % {
                "code": row.subject(),
                **about,
            }
        elif "state" in row.evidence:
            if last.get(row.subject(), 0) > leaf.row:
                yield _("%(code)s: events have changed places.") % {"code": row.subject()}
            last[row.subject()] = leaf.row


def _is_of(leaf: Leaf, row: Recorded) -> bool:
    """Whether the leaf was made of the row, in the log where the row and its subject belong."""
    if {row.consultation_id, row.home()} != {leaf.consultation_id}:
        return False
    return merkle.leaf_hash(row.leaf_data()) == bytes(leaf.hash)


def _numbers(consultation: Consultation) -> Iterator[str]:
    """Whatever is recorded is sealed, or waits to be; not both."""
    for kind, model in kinds().items():
        mine = {"consultation": consultation, "kind": kind}
        rows = model._default_manager.filter(**{"consultation": consultation})
        sealed = Exists(Leaf.objects.filter(**mine, row=OuterRef("pk")))
        waits = Exists(Unsealed.objects.filter(**mine, row=OuterRef("pk")))
        if count := rows.filter(~sealed, ~waits).count():
            yield _("%(count)d events (%(kind)s) were never noted for the log.") % {
                "count": count,
                "kind": kind,
            }
        noted = Leaf.objects.filter(**mine).count() + Unsealed.objects.filter(**mine).count()
        if (more := noted - rows.count()) > 0:
            yield _("%(count)d more events (%(kind)s) are noted for the log than there are.") % {
                "count": more,
                "kind": kind,
            }


def _waiting(consultation: Consultation) -> Iterator[str]:
    """What waits and is gone; what can never be sealed; or waits in vain. (A long transaction may
    commit what it recorded a while ago, so a minute proves nothing here: that is for the monitors,
    see `/readyz`.)"""
    waiting = Unsealed.objects.filter(consultation=consultation)
    for kind, model in kinds().items():
        notes = waiting.filter(kind=kind).values("row")
        found = model._default_manager.filter(pk__in=notes)
        if gone := notes.count() - found.count():
            yield _("%(count)d events (%(kind)s) are gone before they were sealed.") % {
                "count": gone,
                "kind": kind,
            }
        if any(not row.has_its_evidence() for row in found.iterator(CHUNK)):
            yield _(
                "An event that waits to be sealed (%(kind)s) attests what no such event does."
            ) % {"kind": kind}
    late = waiting.filter(at__lt=Now() - LATEST).count()
    if late:
        yield _("%(count)d events have waited for hours to be sealed.") % {"count": late}


def _window(consultation: Consultation) -> Iterator[str]:
    """The dates against the last event that set them. A report that becomes public moves none."""
    events = consultation.events.filter(evidence__has_key="window").order_by("pk")
    if events.filter(verb=PlanEvent.Verb.PLANNED).count() != 1:
        yield _("Not exactly one event says that the consultation was planned.")
    last, set_by = events.last(), events.exclude(verb=PlanEvent.Verb.REPORTED).last()
    now, before = consultation.window_evidence(), copy(consultation)
    before.reported_at = None
    if (
        not last
        or not set_by
        or last.evidence != now
        or set_by.evidence not in (now, before.window_evidence())
    ):
        yield _("Stage or dates of the consultation are not as the last event left them.")


def _texts(consultation: Consultation) -> Iterator[str]:
    """Each published chapter against the digest in the event of its publication."""
    sealed: dict[str, str] = {}
    for event in consultation.events.filter(verb=PlanEvent.Verb.CHAPTER_PUBLISHED):
        if sealed.keys() & event.evidence["texts"]:
            yield _("A chapter was published twice.")
        sealed |= event.evidence["texts"]
    published = {
        str(text.pk): text
        for draft in consultation.drafts.all()
        for text in draft.texts.published().select_related("chapter")
    }
    for key, digest in sealed.items():
        text = published.pop(key, None)
        if text is None:
            yield _("A chapter that was published is gone.")
        elif text.sha256() != digest:
            yield _("%(chapter)s: the published text was changed.") % {"chapter": text.chapter}
    for text in published.values():
        yield _("%(chapter)s was published without a trace in the record.") % {
            "chapter": text.chapter
        }
    yield from _titles(consultation)
    complete = consultation.drafts.filter(published_at__isnull=False)
    said = consultation.events.filter(verb=PlanEvent.Verb.DRAFT_PUBLISHED)
    if sorted(complete.values_list("published_at")) != sorted(said.values_list("at")):
        yield _("Which drafts are complete, and since when, is not what was recorded.")


def _titles(consultation: Consultation) -> Iterator[str]:
    """A chapter is named as its newest text was published, unless a newer one is being written."""
    written = ChapterText.objects.filter(published_at=None).values("chapter")
    texts = ChapterText.objects.filter(chapter__consultation=consultation).current()
    for text in texts.exclude(chapter__in=written).select_related("chapter"):
        if text.chapter.title != text.published_title:
            yield _("%(chapter)s: that is not the title that was published.") % {
                "chapter": text.chapter
            }
