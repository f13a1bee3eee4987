"""Going on after the database was restored from a backup, so that it lacks what was sealed since.

What is kept outside the database says so for ever. Somebody answers for it, in public; then the
record may go on.
"""

from itertools import chain
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import AlreadyDone, DomainError
from consultations import witness
from consultations.checking import dangling
from consultations.models import Consultation, PlanEvent, Seal
from reports import checking
from reports.models.snapshot import one_moment

RESTORED = PlanEvent.Verb.RESTORED


def accept_restored(
    consultation: Consultation,
    *,
    reason: str,
    known: witness.Kept | None = None,
    unproven: bool = False,
) -> None:
    """Record that the end of the record is lost and why, and keep its present root.

    What was lost is shown by the newest kept root, or by a `known` one (from a mail or a report)
    where the kept files were lost as well. With `unproven`, also if nothing that is kept proves
    that the record is the beginning of the lost one; of a known root nothing does. Raises
    AlreadyDone if nothing is lost; DomainError without a reason or if anything else in the database
    does not hold; OSError if the kept roots cannot be read or written. Killed midway, it may be
    done again and is recorded once.
    """
    if not reason.strip():
        raise DomainError(_("Give a reason: it is shown to the public."))
    losses = _losses(consultation, Seal.objects.seal(consultation.pk, wait=True), known)
    if not unproven and any(not loss["proven"] for loss in losses):
        raise DomainError(
            _(
                "Nothing that is kept proves that this record is the beginning of what was lost, so"
                " it may be another one. If you know that it is the restored one, repeat this with"
                " --unproven: the public then reads that none of it is proven."
            )
        )
    _expect_no_other_finding(consultation)
    with transaction.atomic():
        Consultation.objects.select_for_update(no_key=True).get(pk=consultation.pk)
        for loss in losses:
            if not _is_recorded(consultation, loss):
                consultation.record(RESTORED, by=None, words=reason.strip(), evidence=loss)
    Seal.objects.seal(consultation.pk, wait=True)
    witness.accept(consultation)


def _losses(
    consultation: Consultation, newest: Seal | None, known: witness.Kept | None
) -> list[dict[str, Any]]:
    """Of each record of which the end is lost its size and root, and how much of it is proven to be
    here still."""
    kept = witness.kept(consultation.slug)
    if kept == witness.SPOILT and not known:
        raise DomainError(
            _(
                "The kept seal cannot be read. Bring back its file from a backup, or give a root"
                " from a mail or a report with --known."
            )
        )
    losses = []
    if kept and kept != witness.SPOILT and not _continues(newest, kept):
        losses.append(_loss(kept, witness.proven(newest) if newest else 0))
    if known and not _continues(newest, known) and (not kept or known.root != kept.root):
        loss = _loss(known, 0)
        if losses or kept == witness.SPOILT or not _is_recorded(consultation, loss):
            losses.append(loss)
    if not losses:
        raise AlreadyDone(
            _(
                "Nothing here shows that anything is lost. If a root in a mail or in a report does,"
                " give it with --known."
            )
        )
    return losses


def _continues(newest: Seal | None, older: witness.Kept) -> bool:
    return newest is not None and witness.continues(newest, older)


def _loss(lost: witness.Kept, proven: int) -> dict[str, Any]:
    return {"lost": {"size": lost.size, "root": lost.root}, "proven": proven}


def _is_recorded(consultation: Consultation, loss: dict[str, Any]) -> bool:
    """Whether it was recorded before, not promising more than is proven now."""
    said = {"evidence__lost": loss["lost"], "evidence__proven__lte": loss["proven"]}
    return consultation.events.filter(verb=RESTORED, **said).exists()


def _expect_no_other_finding(consultation: Consultation) -> None:
    with one_moment():
        for finding in chain(dangling(), checking.findings(consultation, None)):
            raise DomainError(
                _("More than the end of the record is missing. %(finding)s") % {"finding": finding}
            )
