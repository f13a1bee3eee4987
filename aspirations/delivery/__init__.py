"""Sending what must be told: one module per channel, with `may_send`, `send` and `is_final`."""

from aspirations.delivery import mail
from aspirations.models import Event


def deliver(event: Event) -> bool:
    """Send the event's message once. False if it was not sent now.

    A receipt too many for one address is withheld for good: its sender has read it on the page.
    News that waited so long that it is true no longer is not told; the later news is.
    What the channel refuses is tried again after a pause, unless it refuses for good.
    """
    if not event.claim_delivery():
        return False
    if event.deliveries == 1 and not mail.may_send(event):
        event.end_delivery("withheld")
        return False
    if event.is_overtaken:
        event.end_delivery("overtaken")
        return False
    try:
        mail.send(event)
    except UnicodeError as error:  # no mail server knows an address that cannot be written
        event.end_delivery(type(error).__name__)
        return False
    except OSError as error:
        failure = type(error).__name__  # without the address
        event.end_delivery(failure) if mail.is_final(error) else event.pause_delivery(failure)
        return False
    event.end_delivery()
    return True
