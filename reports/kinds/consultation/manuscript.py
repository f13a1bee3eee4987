"""What an edition of a consultation's report is made from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aspirations.models import Disposition, StakeholderGroup, Tag
from consultations.models import Consultation
from reports.models import Report, Snapshot

Labels = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Manuscript:
    """Everything that goes into one edition.

    `rows` are `rows.row_data` dictionaries in order, each with `is_public`. `received` counts
    every aspiration of the snapshot by moderation label, whatever the edition shows of it. The
    three vocabularies name what may be counted, in order, so that a table can show a zero.
    """

    code: str
    edition: str
    consultation: Consultation
    snapshot: Snapshot
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


def manuscript_of(report: Report) -> Manuscript:
    """What the report's edition says, from its snapshot, which has been taken."""
    snapshot, asked_by = report.snapshot, report.requested_by
    rows = snapshot.rows.order_by("position")
    if report.edition == Report.Edition.PUBLIC:
        rows = rows.filter(is_public=True)
    labels = snapshot.rows.values_list("data__moderation_label", flat=True)
    approaches = Tag.objects.filter(facet=Tag.Facet.APPROACH).values_list("slug", "name")
    return Manuscript(
        code=report.code,
        edition=report.edition,
        consultation=report.consultation,
        snapshot=snapshot,
        requested_by=asked_by.name or str(asked_by.get_role_display()),
        requested_at=report.requested_at,
        verification_url=report.verification_url,
        rows=[row.for_edition(report.edition) for row in rows],
        received=Counter(labels.iterator()),
        dispositions=Disposition.choices,
        groups=StakeholderGroup.choices,
        approaches=list(approaches),
    )
