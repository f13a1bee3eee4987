"""manage.py recount: counts the rows again, after they came in past the portal."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aspirations.models import Aspiration, Count
from consultations.models import Consultation


class Command(BaseCommand):
    """Prints how many counts were not those of the rows. Safe at any time."""

    help = "Count every consultation's aspirations again, after a restore or a bulk load."

    def handle(self, *args: Any, **options: Any) -> None:
        Count.objects.fold()
        wrong = Aspiration.objects.mend_changes() + [
            difference
            for pk in Consultation.objects.values_list("pk", flat=True)
            for difference in Count.objects.mend(pk)
        ]
        if not wrong:
            self.stdout.write(_("Every count was right."))
            return
        mended = ngettext("%(count)d count is mended.", "%(count)d counts are mended.", len(wrong))
        self.stdout.write(mended % {"count": len(wrong)})
