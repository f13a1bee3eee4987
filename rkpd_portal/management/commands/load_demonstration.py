"""Load the demonstration once, through the same verbs that people use."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from consultations.models import Consultation, PlanCycle
from reports.compiling import compile_report
from reports.models import Report
from rkpd_portal.demonstration import cast, people, plan
from rkpd_portal.demonstration.voices import Story


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
        if not PlanCycle.objects.filter(year=2028).exists():
            self._load()
        self._report()

    def _load(self) -> None:
        """All or nothing: an interrupted load leaves no half of it behind."""
        with transaction.atomic():
            self.stdout.write("Creating accounts and agencies …")
            people.create_accounts()
            people.create_agencies()
            self._tell(plan.create_past(), plan.at_local(2023, 3, 24))
            self._tell(plan.create_present(), timezone.now())

    def _tell(self, consultation: Consultation, until: Any) -> None:
        self.stdout.write(f"RKPD {consultation.cycle.year}: text published, people speak …")
        count = Story(consultation, until).tell()
        self.stdout.write(f"RKPD {consultation.cycle.year}: {count} aspirations")

    def _report(self) -> None:
        """The past consultation has its report; ask for it if it has none yet.

        The public edition is compiled and released here, the internal one by the worker.
        """
        past = Consultation.objects.get(cycle__year=2024)
        if Report.objects.filter(snapshot__consultation=past).exists():
            return
        reports = Report.objects.request(past, by=people.account("perencana.utama"))
        public = next(report for report in reports if report.edition == Report.Edition.PUBLIC)
        self.stdout.write("Compiling the report on RKPD 2024 …")
        compile_report(public)
        if public.failure:
            self.stdout.write(public.failure)
            return
        official = people.account("pejabat")
        past.mark_reported(by=official, at=plan.at_local(2023, 3, 24))
        public.release(by=official)
