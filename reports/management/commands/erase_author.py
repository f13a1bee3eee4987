"""manage.py erase_author CODE: forgets who sent an aspiration, when that person asked for it."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from aspirations import reference
from aspirations.models import Aspiration
from reports.erasing import erase_author


class Command(BaseCommand):
    """Says what it would do; does it with --confirm."""

    help = (
        "Erase the name, contact and account of an aspiration's author, in frozen report data too. "
        "The words stay, and the record still holds. PDF files that were made are not changed. "
        "It cannot be undone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("code", help="the aspiration's number, such as RK28-4F7K-2")
        parser.add_argument("--confirm", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        code = reference.tidy_code(options["code"])
        aspiration = Aspiration.objects.filter(code=code).select_related("author").first()
        if aspiration is None:
            raise CommandError(_("No aspiration has this number."))
        if not options["confirm"]:
            self.stdout.write(
                _("This erases for good who sent %(code)s. Run it again with --confirm.")
                % {"code": aspiration.code}
            )
            return
        try:
            erase_author(aspiration)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("Who sent %(code)s is erased; the words stay.") % {"code": aspiration.code}
        )
