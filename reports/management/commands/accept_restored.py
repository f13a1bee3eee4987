"""manage.py accept_restored SLUG --reason …: go on after the database came back from a backup."""

import argparse
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from consultations import witness
from consultations.models import Consultation
from reports.restoring import accept_restored


class Command(BaseCommand):
    """Records the reason, which the public reads; from then on check_record is content again."""

    help = (
        "After the database was restored from a backup: record why the end of a consultation's "
        "record is lost, in public, and keep the root of what is left. Refused if anything else "
        "in the database does not hold. It cannot be undone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", help="the consultation, such as rkpd-2028-rancangan-awal")
        parser.add_argument("--reason", required=True, help="what happened; the public reads it")
        parser.add_argument(
            "--known",
            metavar="SIZE:ROOT",
            type=root,
            help="a root from a mail or a report, where the kept roots were lost as well",
        )
        parser.add_argument(
            "--unproven",
            action="store_true",
            help="go on although nothing that is kept proves that the record is the beginning of "
            "what was lost (as with --known); the public reads that",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        consultation = Consultation.objects.filter(slug=options["slug"]).first()
        if consultation is None:
            raise CommandError(
                _("No consultation has this name. If it is newer than the backup, plan it anew.")
            )
        how = {name: options[name] for name in ("reason", "known", "unproven")}
        try:
            accept_restored(consultation, **how)
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                _("The kept roots cannot be read or written: %(error)s. Mend that, then repeat it.")
                % {"error": error.strerror or error}
            ) from error
        self.stdout.write(_("It is recorded that the end of this record is lost, and why."))


def root(text: str) -> witness.Kept:
    """SIZE:ROOT as it stands in a mail or a report."""
    match = re.fullmatch(r"([1-9][0-9]{0,14}):([0-9a-fA-F]{64})", text)
    if match is None:
        raise argparse.ArgumentTypeError("SIZE:ROOT, a number and 64 hexadecimal digits")
    return witness.Kept(int(match[1]), match[2].lower())
