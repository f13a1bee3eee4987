"""Words of Django and allauth that our catalog says better: here makemessages finds them."""

from django.utils.translation import gettext_noop

PHRASES = (
    gettext_noop("Email"),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
)
