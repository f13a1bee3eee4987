"""Words that only the desk needs."""

from datetime import datetime

from django import template
from django.utils.timesince import timesince

register = template.Library()


@register.filter
def age(moment: datetime) -> str:
    """How long ago, in one unit: "3 days"."""
    return timesince(moment, depth=1)
