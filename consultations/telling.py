"""The mail with the last root of each consultation on one day, to its witnesses."""

import logging
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from accounts import mail
from consultations.models import Consultation, RootNotice, Seal

log = logging.getLogger(__name__)
MOST_MISSED = 31  # days


def roots_of(day: date) -> list[Seal]:
    """The last seal of each consultation whose record grew on that day (WIB)."""
    start = datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
    grown = Seal.objects.filter(at__gte=start, at__lt=start + timedelta(days=1))
    last = grown.order_by("consultation_id", "-size").distinct("consultation_id")
    public = Consultation.objects.public().values("pk")
    return list(last.filter(consultation__in=public).select_related("consultation__cycle"))


def days_to_tell() -> list[date]:
    """Yesterday, and the days before it since the last notice, had the worker stood still."""
    yesterday = timezone.localdate() - timedelta(days=1)
    last = RootNotice.objects.aggregate(last=Max("day"))["last"]
    missed = min(MOST_MISSED, (yesterday - last).days) if last else 1
    return [yesterday - timedelta(days=back) for back in range(max(1, missed))]


def tell_witnesses() -> None:
    """Send yesterday's roots to everyone who asked for them, once; and what failed before."""
    for day in days_to_tell():
        if settings.ROOT_WITNESSES and roots_of(day):
            RootNotice.objects.ask(day, settings.ROOT_WITNESSES)
    for notice in RootNotice.objects.waiting():
        if notice.claim():
            _send(notice)


def _send(notice: RootNotice) -> None:
    seals = roots_of(notice.day)
    if not seals:
        log.warning("there are no roots of %s to tell", notice.day)
        return
    context = {
        "day": notice.day,
        "seals": seals,
        "cycle": seals[0].consultation.cycle,
        "status_url": mail.link("record:index"),
    }
    identifier = f"roots-{notice.day}-{notice.pk}"
    try:
        mail.send(mail.compose("roots", to=notice.address, context=context, message_id=identifier))
    except (OSError, ValueError) as error:  # the mail server, or an address that is none
        log.warning("roots of %s were not sent: %s", notice.day, type(error).__name__)
        return
    notice.mark_sent()
