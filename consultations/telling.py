"""The mail with the last root of each consultation on one day, to its witnesses."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from accounts import mail
from consultations.models import RootNotice, Seal


def roots_of(day: date) -> list[Seal]:
    """The last seal of each consultation whose record grew on that day (WIB)."""
    start = datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
    grown = Seal.objects.filter(at__gte=start, at__lt=start + timedelta(days=1))
    last = grown.order_by("consultation_id", "-size").distinct("consultation_id")
    return list(last.select_related("consultation__cycle"))


def tell_witnesses() -> None:
    """Send yesterday's roots to everyone who asked for them, once; and what failed before."""
    yesterday = timezone.localdate() - timedelta(days=1)
    if settings.ROOT_WITNESSES and roots_of(yesterday):
        RootNotice.objects.ask(yesterday, settings.ROOT_WITNESSES)
    for notice in RootNotice.objects.waiting():
        if notice.claim():
            _send(notice)


def _send(notice: RootNotice) -> None:
    seals = roots_of(notice.day)
    context = {
        "day": notice.day,
        "seals": seals,
        "cycle": seals[0].consultation.cycle,
        "status_url": mail.link("record:index"),
    }
    identifier = f"roots-{notice.day}-{notice.pk}"
    try:
        mail.compose("roots", to=notice.address, context=context, message_id=identifier).send()
    except OSError:  # the mail server; tried again when the claim has run out
        return
    notice.mark_sent()
