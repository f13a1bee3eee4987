"""The portal's settings with the floor's pages."""

from rkpd_portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "bin.tools.bench.floor"]  # noqa: F405
ROOT_URLCONF = "bin.tools.bench.floor.pages"
