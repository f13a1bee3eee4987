"""Rows that are final: PostgreSQL itself refuses to change, delete or truncate them."""

from django.db.migrations import RunSQL


def final(table: str, noun: str, *, but: str = "", when: str = "") -> RunSQL:
    """The operation of a migration that makes the rows of `table` final.

    `but` names the columns that may still change, separated by commas; every other one is final,
    new ones too. `when` is a condition on OLD. The function is made in accounts' 0003.
    """
    condition = f"WHEN ({when}) " if when else ""
    return RunSQL(
        f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" {condition}EXECUTE FUNCTION refuse_change('{noun}', '{but}');"
        f"{_kept(table, noun)}",
        f"DROP TRIGGER {table}_is_final ON {table}; DROP TRIGGER {table}_is_kept ON {table};",
    )


def kept(table: str, noun: str) -> RunSQL:
    """The operation that lets nobody truncate `table`; its rows have a trigger of their own."""
    return RunSQL(_kept(table, noun), f"DROP TRIGGER {table}_is_kept ON {table};")


def _kept(table: str, noun: str) -> str:
    return (
        f"CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION refuse_change('{noun}', '');"
    )
