"""Fills a database with aspirations by bulk SQL (seed.sql)."""

import re
from pathlib import Path
from typing import Any

from bin.tools.bench.stack import Stack
from rkpd_portal.localstack.folder import CHECKOUT

SCRIPT = Path(__file__).with_name("seed.sql")
TABLES = "^aspirations_"
# No trigger runs, not even those of foreign keys; one server for one statement at a time.
SETTINGS = {
    "session_replication_role": "replica",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
}
# Nothing is measured about a consultation that is over, and the data is kept for long.
PROLONG = """
    UPDATE consultations_consultation
    SET closes_at = closes_at + interval '5 years', grace_until = grace_until + interval '5 years'
    WHERE closes_at > now()
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text ~ %s AND indexrelid NOT IN (
        SELECT conindid FROM pg_constraint)
"""


def prolong(stack: Stack) -> None:
    """Let the consultation that is open stay so for years."""
    with stack.database() as database:
        database.execute("SET session_replication_role = 'replica'")
        database.execute(PROLONG)


def seed(stack: Stack, size: int) -> None:
    """So many aspirations with all that belongs to them; indexes are made once they are there."""
    with stack.database() as database:
        for name, value in SETTINGS.items():
            database.execute(f"SET {name} = '{value}'")
        indexes = database.execute(INDEXES, [TABLES]).fetchall()
        for name, _definition in indexes:
            database.execute(f"DROP INDEX {name}")
        fill(database, size)
        for _name, definition in indexes:
            database.execute(definition)
    if list(CHECKOUT.glob("*/management/commands/recount.py")):
        stack.run("recount", "django", "recount", DJANGO_SETTINGS_MODULE="rkpd_portal.settings")
    with stack.database() as database:
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")


def fill(database: Any, size: int) -> None:
    """Run the script, statement by statement."""
    first = database.execute("SELECT coalesce(max(id), 0) FROM aspirations_aspiration").fetchone()[
        0
    ]
    script = SCRIPT.read_text().replace(":size", str(size)).replace(":first", str(first))
    for statement in statements(script):
        database.execute(statement)


def statements(script: str) -> list[str]:
    """The statements of a script: each ends with a semicolon that ends a line, outside of $$."""
    found, kept = [], ""
    for line in re.sub(r"^--.*\n", "", script, flags=re.MULTILINE).splitlines(keepends=True):
        kept += line
        if line.rstrip().endswith(";") and kept.count("$$") % 2 == 0:
            found.append(kept.strip())
            kept = ""
    return found
