"""App configurations: ours, and the admin behind allauth's login."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class PortalConfig(AppConfig):
    """The wiring app; it owns the demonstration and its commands."""

    name = "rkpd_portal"


class AdminConfig(DjangoAdminConfig):
    """Django's admin, served by our own site class."""

    default_site = "rkpd_portal.admin.PortalAdminSite"
