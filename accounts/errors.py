"""Errors whose text is a sentence for the user."""

from typing import Any


class DomainError(Exception):
    """A refused verb. Its text tells the user, in a whole sentence, why and what to do."""


class AlreadyDone(DomainError):
    """Someone else did it a moment ago, or it was done before."""


class TooMany(DomainError):
    """More than a limit allows in a window of time; nothing was kept, and it can be tried again."""


def required(words: str, complaint: Any) -> str:
    """The words without the spaces around them. Raises DomainError if nothing is left."""
    if not words.strip():
        raise DomainError(complaint)
    return words.strip()
