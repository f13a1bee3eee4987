"""The e-mail that invites someone to act for an agency. Renders and sends; saves nothing."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

if TYPE_CHECKING:
    from accounts.models import Membership


def compose(membership: "Membership") -> EmailMultiAlternatives:
    """The message for `email/invited.subject.txt`, `.txt` and `.html`."""
    inviter = membership.invited_by
    context = {
        "membership": membership,
        "agency": membership.agency,
        "inviter": (inviter.name or inviter.email) if inviter else "",
        "sign_in_url": f"{settings.SITE_URL}{reverse('account_request_login_code')}",
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("email/invited.subject.txt", context)
        message = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=render_to_string("email/invited.txt", context),
            to=[membership.user.email],
        )
        message.attach_alternative(render_to_string("email/invited.html", context), "text/html")
    return message


def send(membership: "Membership") -> None:
    """Send the invitation. Raises OSError when the mail server refuses."""
    compose(membership).send()
