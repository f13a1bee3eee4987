"""The e-mail that tells an author what happened. Renders and sends; saves nothing."""

from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING

from django.core.mail import EmailMultiAlternatives

from accounts import mail

if TYPE_CHECKING:
    from aspirations.models import Aspiration, Event


def compose(event: "Event") -> EmailMultiAlternatives:
    """The message for `email/<verb>.subject.txt`, `.txt` and `.html`.

    Anybody may give anybody's address. So no word that its sender chose stands in a message to an
    address that is not known to be theirs.
    """
    aspiration = event.aspiration
    context = {
        "event": event,
        "code": aspiration.code,
        "name": aspiration.display_name if is_confirmed(aspiration) else "",
        "is_shown": aspiration.consent_publish,
        "response": aspiration.answer,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "status_url": f"{mail.link('following:lookup')}?kode={aspiration.code}",
    }
    return mail.compose(
        event.verb,
        to=aspiration.reply_address,
        context=context,
        message_id=f"event-{event.hash[:32]}",
    )


def is_confirmed(aspiration: "Aspiration") -> bool:
    """Whether the message goes to the account that sent it, at an address proven to be its own."""
    author = aspiration.author
    return author is not None and author.has_confirmed(aspiration.reply_address)


def may_send(event: "Event") -> bool:
    """False for one receipt too many at an address that somebody gave who may not own it."""
    if event.verb != event.Verb.SUBMITTED or is_confirmed(event.aspiration):
        return True
    return mail.may_send("receipt-mail", event.aspiration.reply_address)


def send(event: "Event") -> None:
    """Send the message. Raises OSError (SMTPException is one) when the mail server refuses."""
    compose(event).send()


def is_final(error: OSError) -> bool:
    """Whether the mail server refused the address for good (SMTP answers 5xx, RFC 5321)."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _words in error.recipients.values())
