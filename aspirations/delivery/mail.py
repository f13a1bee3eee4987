"""The e-mail that tells an author what happened. Renders and sends; saves nothing."""

import hashlib
from smtplib import SMTPRecipientsRefused

from django.core.mail import EmailMultiAlternatives

from accounts import mail
from aspirations.models import Delivery


def compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The message for `email/<verb>.subject.txt`, `.txt` and `.html`.

    Anybody may give anybody's address. So no word that its sender chose stands in a message to an
    address that is not known to be theirs.
    """
    event = delivery.event
    aspiration, author = event.aspiration, event.aspiration.author
    responded = aspiration.responded
    context = {
        "event": event,
        "code": aspiration.code,
        "name": author.display_name if author.has_confirmed_address else "",
        "is_shown": aspiration.consent_publish,
        "response": responded.response if responded else None,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "status_url": f"{mail.link('following:lookup')}?kode={aspiration.code}",
    }
    return mail.compose(
        event.verb,
        to=delivery.address,
        context=context,
        message_id=f"event-{hashlib.sha256(event.leaf_data()).hexdigest()[:32]}",
    )


def may_send(delivery: Delivery) -> bool:
    """False for one receipt too many at an address that somebody gave who may not own it."""
    event, author = delivery.event, delivery.event.aspiration.author
    if event.verb != event.Verb.SUBMITTED or author.has_confirmed_address:
        return True
    return mail.may_send("receipt-mail", delivery.address)


def send(delivery: Delivery) -> None:
    """Send the message. Raises OSError (SMTPException is one) when the mail server refuses."""
    mail.send(compose(delivery))


def is_final(error: OSError) -> bool:
    """Whether the mail server refused the address for good (SMTP answers 5xx, RFC 5321)."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _words in error.recipients.values())
