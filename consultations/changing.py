"""Tables that readers see something of: PostgreSQL itself notes each change of them (`Change`)."""

from django.db.migrations import RunSQL


def seen(table: str, part: str, *, but: str = "") -> RunSQL:
    """The operation of a migration by which every new row of a `Recorded` model counts as a change
    of `part` in its consultation; `but` names the verbs of which readers see nothing."""
    return RunSQL(
        f"CREATE TRIGGER {table}_is_seen AFTER INSERT ON {table} FOR EACH ROW"
        f" WHEN (NEW.verb <> ALL (string_to_array('{but}', ',')))"
        f" EXECUTE FUNCTION note_change('{part}');",
        f"DROP TRIGGER {table}_is_seen ON {table};",
    )


def seen_everywhere(table: str, part: str, *, columns: str = "") -> RunSQL:
    """The operation by which any change of the table, or of these columns, is one of `part` in
    every consultation. For what administrators rarely touch."""
    update = f"UPDATE OF {columns}" if columns else "INSERT OR DELETE OR UPDATE"
    return RunSQL(
        f"CREATE TRIGGER {table}_is_seen AFTER {update} ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION note_change('{part}');",
        f"DROP TRIGGER {table}_is_seen ON {table};",
    )
