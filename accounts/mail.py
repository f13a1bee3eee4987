"""Mail in the government's name: composed, sent, and bounded where a stranger can cause it."""

from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import robots
from accounts.addresses import mailbox
from accounts.log import digest
from accounts.models import Tally


def compose(
    name: str, *, to: str, context: dict[str, Any], message_id: str = ""
) -> EmailMultiAlternatives:
    """The message of `email/<name>.subject.txt`, `.txt` and `.html`, in the portal's language.

    With a `message_id`, a mail server that gets the message twice after a crash can tell.
    """
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string(f"email/{name}.subject.txt", context)
        message = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=render_to_string(f"email/{name}.txt", context),
            to=[to],
            headers={"Message-ID": f"<{message_id}@{_domain()}>"} if message_id else None,
        )
        message.attach_alternative(render_to_string(f"email/{name}.html", context), "text/html")
    return message


def send(message: EmailMessage) -> None:
    """Raises OSError (SMTPException is one) if the mail server does not take the message. Once it
    has, it is sent: whatever goes wrong with the goodbye (Django raises what is said to QUIT) is no
    reason to send it again.
    """
    connection = get_connection()
    try:
        connection.open()
        connection.send_messages([message])
    finally:
        with suppress(OSError):
            connection.close()


def link(view: str, *args: Any) -> str:
    """The address of a page at the portal's public address, whatever host a request named."""
    return f"{settings.SITE_URL}{reverse(view, args=args)}"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


CONFIRMATION = "sign-up-mail"  # what proves an address
SIGN_IN = "sign-in-mail"


# How much -----------------------------------------------------------------------------------


def may_send(purpose: str, to: str) -> bool:
    """Count one more mail that anybody can cause; False when the recipient has had enough."""
    return robots.take((purpose, mailbox(to)))


def was_not_sent(purpose: str, to: str) -> None:
    """The mail server refused it, so it does not count."""
    robots.give_back((purpose, mailbox(to)))


# Mailed codes -------------------------------------------------------------------------------
#
# A stranger who asks for codes in somebody's name uses up that person's mails of the hour. So that
# this keeps nobody out, each code stays good as long as it may be the reason that no other is sent,
# in whichever browser its reader types it; once.


def note_code(purpose: str, to: str, code: str) -> None:
    """Remember for an hour that this code was mailed."""
    Tally.objects.add({_code_key(purpose, to, code): robots.HOUR})


def use_code(purpose: str, to: str, code: str) -> bool:
    """Use up a mailed code; False if it is none. It is answered, so its mail counts no more."""
    if not Tally.objects.use_up(_code_key(purpose, to, code)):
        return False
    robots.give_back((purpose, mailbox(to)))
    return True


def _code_key(purpose: str, to: str, code: str) -> str:
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return digest("mailed-code", purpose, to.lower(), signs)
