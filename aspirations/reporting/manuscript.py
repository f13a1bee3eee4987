"""What a report is made from and what comes out."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aspirations.models import Snapshot
    from consultations.models import Consultation


class CannotCompile(Exception):
    """The report cannot be made here. The text is a sentence for the person who asked."""


class LostClaim(Exception):
    """Another worker has taken over this report; stop without leaving a trace."""


@dataclass(frozen=True)
class Manuscript:
    """Everything that goes into one edition. `rows` are `row_data` dictionaries in order."""

    code: str
    edition: str
    consultation: "Consultation"
    snapshot: "Snapshot"
    requested_by: str
    requested_at: datetime
    verification_url: str
    rows: list[dict[str, Any]]

    @property
    def is_public(self) -> bool:
        return self.edition == "public"


@dataclass(frozen=True)
class Compiled:
    """A finished file: its bytes, its number of pages and of aspirations in it."""

    pdf: bytes
    pages: int
    row_count: int
