"""The e-mail that tells an author what happened. Renders and sends; saves nothing."""

from email.utils import parseaddr
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

if TYPE_CHECKING:
    from aspirations.models import Event


def compose(event: "Event") -> EmailMultiAlternatives:
    """The message for `email/<verb>.subject.txt`, `.txt` and `.html`.

    Its Message-ID is made from the event, so that a mail server which gets it twice after a
    crash can tell.
    """
    aspiration = event.aspiration
    context = {
        "event": event,
        "aspiration": aspiration,
        "response": aspiration.answer,
        "consultation": aspiration.consultation,
        "cycle": aspiration.consultation.cycle,
        "status_url": f"{settings.SITE_URL}{reverse('following:lookup')}?kode={aspiration.code}",
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string(f"email/{event.verb}.subject.txt", context)
        message = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=render_to_string(f"email/{event.verb}.txt", context),
            to=[aspiration.reply_address],
            headers={"Message-ID": f"<event-{event.hash[:32]}@{_mail_domain()}>"},
        )
        message.attach_alternative(
            render_to_string(f"email/{event.verb}.html", context), "text/html"
        )
    return message


def send(event: "Event") -> None:
    """Send the message. Raises OSError (SMTPException is one) when the mail server refuses."""
    compose(event).send()


def is_final(error: OSError) -> bool:
    """Whether the mail server refused the address for good (SMTP answers 5xx, RFC 5321)."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _words in error.recipients.values())


def _mail_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
