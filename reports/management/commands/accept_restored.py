"""manage.py accept_restored SLUG --reason …: go on after the database came back from a backup."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from consultations.models import Consultation
from reports.restoring import accept_restored


class Command(BaseCommand):
    """Records the reason, which the public reads; from then on check_record is content again."""

    help = (
        "After the database was restored from a backup: record why the end of a consultation's "
        "record is lost, in public, and keep the root of what is left. Refused if anything else "
        "does not hold. It cannot be undone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", help="the consultation, such as rkpd-2028-rancangan-awal")
        parser.add_argument("--reason", required=True, help="what happened; the public reads it")

    def handle(self, *args: Any, **options: Any) -> None:
        consultation = Consultation.objects.filter(slug=options["slug"]).first()
        if consultation is None:
            raise CommandError(
                _("No consultation has this name. If it is newer than the backup, plan it anew.")
            )
        try:
            accept_restored(consultation, reason=options["reason"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("It is recorded that the end of this record is lost, and why."))
