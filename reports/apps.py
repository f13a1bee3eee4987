"""The app's configuration."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What is made of the plan and of what people said."""

    name = "reports"
