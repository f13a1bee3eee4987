"""The app's configuration: reference data follows every migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsultationsConfig(AppConfig):
    """What the government publishes."""

    name = "consultations"

    def ready(self) -> None:
        from consultations import reference_data

        post_migrate.connect(reference_data.load, sender=self, dispatch_uid="reference_data")
