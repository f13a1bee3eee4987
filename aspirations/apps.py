"""The app's configuration: the first tags follow every migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AspirationsConfig(AppConfig):
    """What people say and what becomes of it."""

    name = "aspirations"

    def ready(self) -> None:
        from aspirations import reference_data

        post_migrate.connect(reference_data.load, sender=self, dispatch_uid="first_tags")
