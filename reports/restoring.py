"""Going on after the database was restored from a backup, so that it lacks what was sealed since.

What is kept outside the database says so for ever. Somebody answers for it, in public; then the
record may go on.
"""

from itertools import chain

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
    where the kept files were lost as well. With `unproven`, also if the record continues no kept
    root at all. Raises AlreadyDone if nothing is lost; DomainError without a reason or if anything
    else in the database does not hold; OSError if the kept roots cannot be read or written. Killed
    midway, it may be done again and is recorded once.
    """
    if not reason.strip():
        raise DomainError(_("Give a reason: it is shown to the public."))
    newest = Seal.objects.seal(consultation.pk, wait=True)
    lost = _lost(consultation, newest, known)
    if not consultation.events.filter(verb=RESTORED, evidence__lost=lost).exists():
        proven = witness.proven(newest) if newest else 0
        if not proven and not unproven:
            raise DomainError(
                _(
                    "This record continues no root that is kept, so it may be another one. If you "
                    "know that it is the restored one, repeat this with --unproven: the public "
                    "then reads that none of it is proven."
                )
            )
        _expect_no_other_finding(consultation)
        evidence = {"lost": lost, "proven": proven}
        consultation.record(RESTORED, by=None, words=reason.strip(), evidence=evidence)
        Seal.objects.seal(consultation.pk, wait=True)
    witness.accept(consultation)


def _lost(
    consultation: Consultation, newest: Seal | None, known: witness.Kept | None
) -> dict[str, str | int]:
    """Size and root of the record of which the end is lost."""
    kept = known or witness.kept(consultation.slug)
    if kept == witness.SPOILT:
        raise DomainError(_("The kept seal cannot be read. Bring back its file from a backup."))
    if kept is None or (newest and witness.continues(newest, kept)):
        raise AlreadyDone(
            _(
                "Nothing here shows that anything is lost. If a root in a mail or in a report does,"
                " give it with --known."
            )
        )
    return {"size": kept.size, "root": kept.root}


def _expect_no_other_finding(consultation: Consultation) -> None:
    with one_moment():
        for finding in chain(dangling(), checking.findings(consultation, None)):
            raise DomainError(
                _("More than the end of the record is missing. %(finding)s") % {"finding": finding}
            )
