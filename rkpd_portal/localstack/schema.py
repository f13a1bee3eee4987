"""Whether a database has been through the migrations of today.

Until the first release they are rewritten, and Django runs none that it ran before. So what each
was when it ran is kept with the database, as a comment on Django's own table of migrations.
"""

import ast
import hashlib
import inspect
import json
from pathlib import Path

from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from rkpd_portal.localstack.folder import CHECKOUT

TABLE = "django_migrations"


def rewritten() -> list[str]:
    """The migrations that ran here as something else than today, or nobody knows as what."""
    today, then = digests(), noted()
    applied = (f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
    ours = (name for name in applied if name in today or name in then)
    return sorted(name for name in ours if today.get(name) != then.get(name))


def note() -> None:
    """Keep what the migrations are today. Comes before they run: whoever stops them midway loses
    nothing by it, because only those that did run are ever compared.
    """
    MigrationRecorder(connection).ensure_schema()
    comment = sql.Literal(json.dumps(digests()))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(TABLE), comment))


def noted() -> dict[str, str]:
    """What was kept; nothing for a database that is new or was not made by bin/run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [TABLE])
        (comment,) = cursor.fetchone()
    found: dict[str, str] = json.loads(comment) if comment else {}
    return found


def digests() -> dict[str, str]:
    """A digest of each migration of ours, whatever its comments and layout."""
    found = MigrationLoader(connection).disk_migrations
    return {
        f"{app}.{name}": digest_of(type(migration))
        for (app, name), migration in found.items()
        if is_ours(type(migration))
    }


def is_ours(migration: type) -> bool:
    path = Path(inspect.getfile(migration))
    return path.is_relative_to(CHECKOUT) and not path.is_relative_to(CHECKOUT / ".venv")


def digest_of(migration: type) -> str:
    """Of what it says, and of the SQL that it has from elsewhere (accounts/finality.py)."""
    tree = ast.parse(Path(inspect.getfile(migration)).read_text())
    statements = [str(one.sql) for one in migration.operations if isinstance(one, RunSQL)]  # type: ignore[attr-defined]
    return hashlib.sha256("\n".join([ast.dump(tree), *statements]).encode()).hexdigest()
