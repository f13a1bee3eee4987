"""Why a report is not made, or not by this worker."""


class CannotCompile(Exception):
    """The report cannot be made here. The text is a sentence for the person who asked."""


class LostClaim(Exception):
    """Another worker has taken over this report; stop without leaving a trace."""
