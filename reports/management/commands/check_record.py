"""manage.py check_record: seals what waits, then looks whether the whole record still holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import checking


class Command(BaseCommand):
    """Prints a sentence for everything that does not hold, and ends with 1 if there is any."""

    help = (
        "Check that nothing that was recorded is missing or was changed: events, seals, words, "
        "authors, answers, snapshots and reports."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = checking.check_all()
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError(
                ngettext(
                    "The record does not hold: %(count)d finding.",
                    "The record does not hold: %(count)d findings.",
                    len(found),
                )
                % {"count": len(found)},
                returncode=1,
            )
        self.stdout.write(_("The record holds."))
