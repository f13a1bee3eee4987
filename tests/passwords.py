"""Passwords in tests: one round of what the portal's servers can read, too."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """Hashing a password is meant to be slow; no test is about that."""

    iterations = 1
