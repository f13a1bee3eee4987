"""How far the work on a report is: stages, and how those who do the work tell of them."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

# What a page says while a report is being compiled, by stage.
STAGES = {
    "freezing": _("Freezing the data"),
    "writing": _("Writing the pages"),
    "styling": _("Preparing the layout"),
    "laying_out": _("Laying out the pages"),
    "drawing": _("Drawing the pages"),
    "finishing": _("Writing the file"),
    "verifying": _("Checking the file"),
}
# Called with a percentage and a stage; what it raises ends the work.
Progress = Callable[[int, str], None]
