"""The reports on the demonstration's past rounds, dated in their own time."""

from datetime import timedelta

from django.db import transaction

from consultations.models import Consultation, Seal
from reports.compiling import compile_report
from reports.models import Report
from rkpd_portal.demonstration import people
from rkpd_portal.demonstration.plan import PAST, PastRound

READY_AFTER = timedelta(minutes=1)
# Those of the newest rounds are there when the portal opens; a worker makes the others after that.
AT_ONCE = frozenset(past.year for past in PAST[-2:])


def missing() -> list[Consultation]:
    """The past rounds that have no report yet, the newest first."""
    years = [each.year for each in PAST]
    return list(
        Consultation.objects.filter(cycle__year__in=years, cycle__is_example=True)
        .exclude(pk__in=Report.objects.values("snapshot__consultation"))
        .select_related("cycle")
    )


def can_wait(consultation: Consultation) -> bool:
    return consultation.cycle.year not in AT_ONCE


def make(consultation: Consultation) -> str:
    """Compile both editions and release the public one; the sentence why not, or nothing.

    All in one transaction: nobody else's worker takes up an edition and dates it today, and
    what fails leaves nothing behind, so that the next start tries again.
    """
    past = next(each for each in PAST if each.year == consultation.cycle.year)
    Seal.objects.seal(consultation.pk, wait=True, at=past.report_at)
    with transaction.atomic():
        Consultation.objects.select_for_update(no_key=True).get(pk=consultation.pk)
        if Report.objects.of(consultation).exists():
            return ""
        failure = _compile_and_release(consultation, past)
        if failure:
            transaction.set_rollback(True)
        return failure


def _compile_and_release(consultation: Consultation, past: PastRound) -> str:
    lead = people.account("perencana.utama")
    reports = Report.objects.request(consultation, by=lead, at=past.report_at)
    for report in reports:
        compile_report(report, at=past.report_at + READY_AFTER)
        if report.failure:
            return report.failure
        if report.edition == Report.Edition.PUBLIC:
            report.release(by=people.account("pejabat"), at=past.released_at)
    return ""
