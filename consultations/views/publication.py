"""What the public may read: a consultation, the text of its chapters."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from consultations.models import ChapterText, Consultation


def public_consultation(slug: str) -> Consultation:
    """The consultation, or 404 as long as none of its chapters is public."""
    return get_object_or_404(Consultation.objects.public().select_related("cycle"), slug=slug)


def current_texts(consultation: Consultation) -> "QuerySet[ChapterText]":
    """The newest published text of each chapter that is still part of the plan."""
    return ChapterText.objects.current_of(consultation)
