"""The indexes of the aspirations, each for a list that is shown: docs/performance.md has the plans.

What is partial costs nothing where it does not apply: who sends pays for none of the public ones.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db.models import Index, Q

from aspirations.models.choices import Moderation
from aspirations.models.response import Disposition

ACCEPTED = Q(moderation=Moderation.ACCEPTED)
PENDING = Q(disposition=Disposition.PENDING)
PUBLIC = ACCEPTED & Q(consent_publish=True)
NEWEST = ("-submitted_at", "-id")
OPTIONAL = ("affair_field", "agency", "assignee", "block", "entered_by", "merged_into", "priority")


def _public(name: str, *fields: str, also: Q | None = None) -> Index:
    """What everyone may read of these, newest first."""
    condition = PUBLIC & also if also else PUBLIC
    return Index(fields=[*fields, *NEWEST], condition=condition, name=f"aspiration_public{name}")


INDEXES = (
    GinIndex(fields=["search_vector"], name="aspiration_words"),
    # The desk: everything, one state, what is to be answered, what is answered, one consultation.
    Index(fields=["submitted_at", "id"], name="aspiration_time"),
    Index(fields=["moderation", "submitted_at", "id"], name="aspiration_queue"),
    Index(
        fields=["submitted_at", "id"], condition=ACCEPTED & PENDING, name="aspiration_unanswered"
    ),
    Index(fields=["submitted_at", "id"], condition=ACCEPTED & ~PENDING, name="aspiration_answered"),
    Index(fields=["consultation", "submitted_at", "id"], name="aspiration_consultation"),
    Index(fields=["chapter", "submitted_at", "id"], name="aspiration_chapter"),
    Index(fields=["regency", "submitted_at", "id"], name="aspiration_regency"),
    Index(fields=["region"], name="aspiration_region"),
    # Everyone.
    _public("", "consultation"),
    _public("_chapter", "chapter"),
    _public("_regency", "consultation", "regency"),
    _public("_kind", "consultation", "kind"),
    _public("_decision", "consultation", "disposition"),
    _public("_block", "block", also=Q(block__isnull=False)),
    _public("_change", "consultation", also=Q(changes_text=True)),
    # Who is mine, joined to this, of that office: with time, where a list is made of it.
    *(
        Index(
            fields=[name, "submitted_at", "id"],
            condition=Q(**{f"{name}__isnull": False}),
            name=f"aspiration_{name}",
        )
        for name in OPTIONAL
    ),
)
