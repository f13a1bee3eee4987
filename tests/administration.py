"""What only the administrator of the database may do: the tests themselves run as the portal does.

Somebody with that password is the one against whom the record must hold, so the tests that tamper
with rows do it here.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from rkpd_portal.localstack.postgres import PORTAL

administrator: dict[str, Any] = {}

# As in rkpd_portal/roles.sql, for tables that are there already.
GRANTS = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO {PORTAL};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {PORTAL};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {PORTAL};
"""


def hand_over() -> None:
    """Give the portal's role its rights, and be that role from here on."""
    administrator.update(connection.get_connection_params())
    with connection.cursor() as cursor:
        cursor.execute(GRANTS)
    connection.close()
    password = os.environ["PORTAL_DATABASE_PASSWORD"]
    connection.settings_dict |= {"USER": PORTAL, "PASSWORD": password}
    DatabaseOperations.execute_sql_flush = _flush  # type: ignore[method-assign,assignment]


@contextmanager
def in_charge() -> Iterator[None]:
    """Django's own connection is the administrator's meanwhile. Not within a transaction."""
    portal = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {name.upper(): administrator[name] for name in ("user", "password")}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= portal


@contextmanager
def with_triggers() -> Iterator[psycopg.Cursor[Any]]:
    """The administrator's own line to the database."""
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: administrator[name] for name in names}) as line:
        yield line.cursor()


@contextmanager
def without_triggers() -> Iterator[psycopg.Cursor[Any]]:
    """The same, and no trigger and no foreign key hinders it."""
    with with_triggers() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor


def _flush(_operations: DatabaseOperations, statements: list[str]) -> None:
    """Empty the tables after a test that committed: the portal itself may not. Deleting the few
    rows of a test takes a tenth of the time of truncating fifty tables."""
    (tables,) = (re.findall(r'"(\w+)"', statement) for statement in statements)
    with without_triggers() as cursor:
        cursor.execute(";".join(f'DELETE FROM "{table}"' for table in tables))  # noqa: S608
