"""The portal's local settings, but mail goes to the server inside bin/chaos instead of a folder."""

import os

from rkpd_portal.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["CHAOS_MAIL_PORT"])
EMAIL_USE_TLS = EMAIL_USE_SSL = False
