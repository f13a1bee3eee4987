"""The app's configuration: what follows from signing in and from a new second factor."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who: users, agencies, roles and access."""

    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.signals import authentication_failed, authenticator_added
        from django.contrib.auth.signals import user_logged_in

        from accounts import sessions

        authenticator_added.connect(sessions.end_others, dispatch_uid="end_other_sessions")
        user_logged_in.connect(sessions.note_signed_in, dispatch_uid="note_signed_in")
        authentication_failed.connect(
            sessions.note_second_step_failed, dispatch_uid="note_second_step_failed"
        )
