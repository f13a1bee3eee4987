"""Load the demonstration once, through the same verbs that people use."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.nudging import nudge
from consultations.models import PlanCycle
from rkpd_portal.demonstration import cast, loading, plan, reports
from rkpd_portal.demonstration.tasks import report_on_past_round


class Command(BaseCommand):
    """`--accounts` prints the accounts and loads nothing."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="print the accounts only")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration is for local use; this is production.")
        if options["accounts"]:
            self.stdout.write(cast.accounts_table())
            return
        if not PlanCycle.objects.filter(year=plan.PRESENT).exists():
            loading.load(timezone.localtime(), tell=self.stdout.write)
        self._report()

    def _report(self) -> None:
        """Every past round gets its report: the newest ones now, the others from a worker."""
        for consultation in reports.missing():
            if reports.can_wait(consultation):
                nudge(report_on_past_round, consultation.pk)
                continue
            self.stdout.write(f"Compiling the report on {consultation.cycle} …")
            failure = reports.make(consultation)
            if failure:
                self.stdout.write(failure)
                return
