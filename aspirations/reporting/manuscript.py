"""What a report is made from and what comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from aspirations.models import Snapshot
    from consultations.models import Consultation


# What a page says while a report is being compiled, by the stage that `progress` is told.
STAGES = {
    "freezing": _("Freezing the data"),
    "writing": _("Writing the pages"),
    "laying_out": _("Laying out the pages"),
    "drawing": _("Drawing the pages"),
    "verifying": _("Checking the file"),
}
Labels = Sequence[tuple[str, Any]]
Progress = Callable[[int, str], None]


class CannotCompile(Exception):
    """The report cannot be made here. The text is a sentence for the person who asked."""


class LostClaim(Exception):
    """Another worker has taken over this report; stop without leaving a trace."""


@dataclass(frozen=True)
class Manuscript:
    """Everything that goes into one edition.

    `rows` are `row_data` dictionaries in order, each with `is_public`. `received` counts every
    aspiration of the snapshot by moderation label, whatever the edition shows of it. The three
    vocabularies name what may be counted, in order, so that a table can show a zero.
    """

    code: str
    edition: str
    consultation: "Consultation"
    snapshot: "Snapshot"
    requested_by: str
    requested_at: datetime
    verification_url: str
    rows: list[dict[str, Any]]
    received: dict[str, int]
    dispositions: Labels
    groups: Labels
    approaches: Labels

    @property
    def is_public(self) -> bool:
        return self.edition == "public"


@dataclass(frozen=True)
class Compiled:
    """A finished file: its bytes, its number of pages and of aspirations in it."""

    pdf: bytes
    pages: int
    row_count: int
