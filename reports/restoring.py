"""Going on after the database was restored from a backup, so that it lacks what was sealed since.

What is kept outside the database says so for ever. Somebody answers for it, in public; then the
record may go on.
"""

from django.utils.translation import gettext as _

from accounts.errors import AlreadyDone, DomainError
from consultations import witness
from consultations.models import Consultation, PlanEvent, Seal
from reports import checking
from reports.models.snapshot import one_moment


def accept_restored(consultation: Consultation, *, reason: str) -> None:
    """Record that the end of the record is lost and why, and keep its present root.

    Raises AlreadyDone if nothing is lost, DomainError without a reason or if anything else does
    not hold. Killed midway, it may be done again and is recorded once.
    """
    if not reason.strip():
        raise DomainError(_("Give a reason: it is shown to the public."))
    newest, kept = Seal.objects.seal(consultation.pk, wait=True), witness.kept(consultation.slug)
    if kept is None:
        raise AlreadyDone(_("No seal is kept outside the database, so none says that any is lost."))
    if kept == witness.UNREADABLE:
        raise DomainError(_("The kept seal cannot be read. Bring back its file from a backup."))
    if newest and witness.continues(newest, kept):
        raise AlreadyDone(_("Nothing is lost: this record continues the seal that is kept."))
    lost, restored = {"kept": kept._asdict()}, PlanEvent.Verb.RESTORED
    recorded = consultation.events.filter(verb=restored, evidence=lost).exists()
    if not recorded and not witness.may_be_restored(newest):
        raise DomainError(_("This is no older state of what was kept, but another record."))
    with one_moment():
        for finding in checking.findings(consultation, None):
            raise DomainError(
                _("More than the end of the record is missing. %(finding)s") % {"finding": finding}
            )
    if not recorded:
        consultation.record(restored, by=None, words=reason.strip(), evidence=lost)
    Seal.objects.seal(consultation.pk, wait=True)
    try:
        witness.accept(consultation)
    except OSError as error:
        raise DomainError(
            _("The new seal could not be kept: %(error)s. Mend that, then do it again.")
            % {"error": error.strerror or error}
        ) from error
