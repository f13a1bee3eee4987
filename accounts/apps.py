"""The app's configuration: a new second factor ends the sign-ins that did without it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who: users, agencies, roles and access."""

    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from accounts.sessions import end_others

        authenticator_added.connect(end_others, dispatch_uid="end_other_sessions")
