"""Words that only the desk needs."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import ngettext

register = template.Library()


DAYS_COUNTED = 99


@register.filter
def age(moment: datetime) -> str:
    """How long ago, in one unit: "5 hours", "23 days", "2 years"."""
    days = (timezone.now() - moment).days
    if 1 <= days <= DAYS_COUNTED:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return timesince(moment, depth=1)


@register.filter
def last_word_apart(name: str) -> tuple[str, str]:
    """What may be shortened and what must stay: "Kotawaringin" and "Barat"."""
    stem, _space, last = name.rpartition(" ")
    return stem, last
