"""Moments as people speak of them, in local time."""

from datetime import datetime

from django import template
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def days_from_now(moment: datetime) -> int:
    """Calendar days from today to that day: 0 is today, 1 tomorrow."""
    return (timezone.localdate(moment) - timezone.localdate()).days


@register.filter
def on_day(moment: datetime) -> SafeString:
    """`2 Februari 2026`."""
    return _element(moment, _say(moment, "j F Y"))


@register.filter
def at_time(moment: datetime) -> SafeString:
    """`2 Februari 2026 pukul 16.00 WIB`."""
    return _element(moment, _with_clock(moment, "j F Y"))


@register.simple_tag
def this_moment() -> SafeString:
    """Now, for figures that are shown again for a while: `2 Februari 2026 pukul 16.00 WIB`."""
    return at_time(timezone.now())


@register.filter
def on_weekday(moment: datetime) -> SafeString:
    """`Senin, 2 Februari 2026 pukul 16.00 WIB`."""
    return _element(moment, _with_clock(moment, "l, j F Y"))


def _say(moment: datetime, pattern: str) -> str:
    return dateformat.format(timezone.localtime(moment), pattern)


def _with_clock(moment: datetime, pattern: str) -> str:
    words = {"day": _say(moment, pattern), "clock": _say(moment, "H.i")}
    return _("%(day)s at %(clock)s WIB") % words


def _element(moment: datetime, words: str) -> SafeString:
    """No finer than the words: what is made twice within a minute is the same page."""
    exact = moment.isoformat(timespec="minutes")
    return format_html('<time datetime="{}">{}</time>', exact, words)
