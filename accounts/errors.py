"""Errors whose text is a sentence for the user."""


class DomainError(Exception):
    """A refused verb. Its text tells the user, in a whole sentence, why and what to do."""


class AlreadyDone(DomainError):
    """Someone else did it a moment ago, or it was done before."""
