"""The e-mail that invites someone to act for an agency. Renders and sends; saves nothing."""

from django.core.mail import EmailMultiAlternatives

from accounts import mail
from accounts.models import Membership


def compose(membership: Membership) -> EmailMultiAlternatives:
    """The message for `email/invited.subject.txt`, `.txt` and `.html`."""
    inviter = membership.invited_by
    context = {
        "membership": membership,
        "agency": membership.agency,
        "inviter": (inviter.name or inviter.email) if inviter else "",
        "sign_in_url": mail.link("account_request_login_code"),
    }
    return mail.compose("invited", to=membership.user.email, context=context)


def send(membership: Membership) -> None:
    """Send the invitation. Raises OSError when the mail server refuses."""
    mail.send(compose(membership))
