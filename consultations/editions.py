"""Whether what is published of the plan has changed, without asking the database each time."""


def plan_edition() -> int | None:
    """A number that rises within a second of any published change of the plan or of a name in it.
    None in processes that do not watch for changes: there nothing may be kept."""
    return None
