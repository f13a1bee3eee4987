"""Sending what must be told: one module per channel, with `may_send`, `send` and `is_final`."""

from accounts.heartbeat import beating
from aspirations.delivery import mail
from aspirations.models import Delivery
from aspirations.models.delivery import LEASE

Outcome = Delivery.Outcome


def deliver(delivery: Delivery) -> bool:
    """Send the message once. False if it was not sent now.

    A receipt too many for one address is withheld for good: its sender has read it on the page.
    News that waited so long that it is true no longer is not told; the later news is.
    What the channel refuses is tried again after a pause, unless it refuses for good.

    Should we be killed between the mail server's thanks and our note of it, the message goes out
    again under the same Message-ID, by which mailboxes know it: lost would be worse than twice.
    """
    if not delivery.claim():
        return False
    if delivery.attempts == 1 and not mail.may_send(delivery):
        delivery.end(Outcome.WITHHELD)
        return False
    if delivery.event.is_overtaken:
        delivery.end(Outcome.OVERTAKEN)
        return False
    try:
        with beating(delivery.renew_lease, LEASE.total_seconds() / 3):
            mail.send(delivery)
    except UnicodeError as error:  # no mail server knows an address that cannot be written
        delivery.end(Outcome.REFUSED, type(error).__name__)
        return False
    except OSError as error:
        failure = type(error).__name__  # without the address
        if mail.is_final(error):
            delivery.end(Outcome.REFUSED, failure)
        else:
            delivery.pause(failure)
        return False
    delivery.end(Outcome.SENT)
    return True
