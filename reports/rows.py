"""Where papers read aspirations: each becomes one row of plain data; and how many there are."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import translation

from aspirations.models import Aspiration, Count, Moderation, Response
from consultations.models import Consultation
from reports.models.snapshot import CHUNK, PERSONAL, FrozenRow, commitment


def rows_of(consultation: Consultation) -> Iterator[FrozenRow]:
    """Everything but what its author withdrew, in the order of the plan, labels in Indonesian."""
    aspirations = (
        consultation.aspirations.exclude(moderation=Moderation.WITHDRAWN)
        .with_lists()
        .with_current_response()
        .select_related("affair_field", "priority", "merged_into")
        .order_by("chapter__number", "submitted_at", "pk")
    )
    with translation.override(settings.LANGUAGE_CODE):
        for aspiration in aspirations.iterator(CHUNK):
            data = row_data(aspiration)
            if aspiration.author.erased_at:
                data |= PERSONAL
            author = commitment(aspiration.author.salt, data)
            yield FrozenRow(aspiration.pk, aspiration.is_public, data, author)


def counts_of(consultation: Consultation) -> dict[str, int]:
    """How many rows each edition would hold now, and how many lack an answer."""
    counts = Count.objects.of(consultation.pk)
    return {
        "public_rows": counts.which("shown").total,
        "internal_rows": counts.which("is_in").total,
        "withdrawn_rows": counts.total - counts.which("is_in").total,
        "unanswered_rows": counts.which("is_unanswered").total,
    }


def turnout_of(consultation: Consultation) -> dict[str, int]:
    """How many came in (`received`), from how many regencies, and how many were answered."""
    counts = Count.objects.of(consultation.pk, "regency").which("is_in")
    return {
        "received": counts.total,
        "regencies": len(counts.by("value")),
        "answered": counts.which("is_answered").total,
    }


def row_data(aspiration: Aspiration) -> dict[str, Any]:
    """What a report may say about an aspiration, labels in the active language.

    `author` is for the public edition, `author_full` for the internal one.
    """
    return {
        "code": aspiration.code,
        "chapter_number": aspiration.chapter.number,
        "chapter_label": aspiration.chapter.label,
        "chapter_title": aspiration.chapter.title,
        "kind": aspiration.kind,
        "kind_label": str(aspiration.get_kind_display()),
        "quote": aspiration.quote,
        "body": aspiration.body,
        "words": [words._asdict() for words in aspiration.further_words],
        "supplement": aspiration.supplement,
        **_place_and_subject(aspiration),
        "group": aspiration.stakeholder_group,
        "group_label": str(aspiration.get_stakeholder_group_display()),
        "author": aspiration.public_author,
        "author_full": aspiration.author.full_name,
        "agency": aspiration.agency.name if aspiration.agency else "",
        "channel": aspiration.channel,
        "channel_label": str(aspiration.get_channel_display()),
        "submitted_at": aspiration.submitted_at.isoformat(),
        "moderation": aspiration.moderation,
        "moderation_label": str(aspiration.get_moderation_display()),
        "moderation_reason": aspiration.moderation_reason,
        "merged_into": aspiration.merged_into.code if aspiration.merged_into else "",
        "disposition": aspiration.disposition,
        "disposition_label": str(aspiration.get_disposition_display()),
        "tags": [
            {"facet": tag.facet, "slug": tag.slug, "name": tag.name}
            for tag in aspiration.tags.all()
        ],
        "response": _response_data(aspiration.response),
    }


def _place_and_subject(aspiration: Aspiration) -> dict[str, str]:
    field = aspiration.affair_field
    return {
        "region": aspiration.region.name,
        "regency_code": aspiration.regency_id,
        "regency": aspiration.regency.name,
        "affair_field_code": field.code if field else "",
        "affair_field": field.name if field else "",
        "priority": str(aspiration.priority or ""),
    }


def _response_data(response: Response | None) -> dict[str, str] | None:
    if response is None:
        return None
    return {
        "reason_code_label": str(response.get_reason_code_display()),
        "reason": response.reason,
        "forwarded_to": response.forwarded_to,
        "text_before": response.text_before,
        "text_after": response.text_after,
        "at": response.at.isoformat(),
    }
