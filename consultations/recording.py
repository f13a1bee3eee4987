"""Tables whose new rows go into the log: PostgreSQL itself notes each as unsealed."""

from django.db.migrations import RunSQL


def recorded(table: str, kind: str) -> RunSQL:
    """The operation of a migration that has every new row of a `Recorded` model sealed, however
    it came in. `kind` is the model's; the function is made in consultations' 0002."""
    return RunSQL(
        f"CREATE TRIGGER {table}_is_sealed AFTER INSERT ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION note_unsealed('{kind}');",
        f"DROP TRIGGER {table}_is_sealed ON {table};",
    )
