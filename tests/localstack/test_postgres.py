"""The embedded cluster: made, half made, refused, and started as root without root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from rkpd_portal.localstack import privileges
from rkpd_portal.localstack.interruption import Interruption
from rkpd_portal.localstack.postgres import DATABASE, OWNER, PORTAL, ROLES, Postgres, binary
from rkpd_portal.localstack.terminal import Problem
from tests.localstack.closed import copy_of_the_wheel, make_closed_folder, refuse_namespaces

pytestmark = pytest.mark.processes


@contextmanager
def running(postgres: Postgres) -> Iterator[psycopg.Connection]:
    postgres.prepare()
    postgres.child.start()
    try:
        assert Interruption().wait_until(postgres.is_ready, seconds=90), postgres.log.read_text()
        with psycopg.connect(postgres.owner_url) as connection:
            yield connection
    finally:
        postgres.child.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path, tmp_path / "log", durable=False)


def test_cluster_keeps_its_data_and_its_promises(tmp_path: Path) -> None:
    wanted = ("fsync", "full_page_writes", "synchronous_commit")
    postgres = Postgres(tmp_path, tmp_path / "log")
    with running(postgres) as connection:
        values = [connection.execute(f"SHOW {name}").fetchone() for name in wanted]
        encoding = connection.execute("SHOW server_encoding").fetchone()
        connection.execute("CREATE TABLE kept (word text)")

    with running(Postgres(tmp_path, tmp_path / "log")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)

    assert values == [("on",)] * 3
    assert encoding == ("UTF8",)
    assert postgres.password_file(OWNER).stat().st_mode & 0o777 == 0o600


def test_wrong_password_is_refused(postgres: Postgres) -> None:
    with (
        running(postgres),
        pytest.raises(psycopg.OperationalError, match="password authentication failed"),
    ):
        psycopg.connect(postgres.url.replace(postgres.password_of(PORTAL), "guess"))


def test_half_made_cluster_is_made_anew(postgres: Postgres) -> None:
    half = postgres.folder / "data.new"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with running(postgres) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    assert not half.exists()


def test_strange_data_folder_is_kept_aside(postgres: Postgres) -> None:
    postgres.data.mkdir()
    (postgres.data / "letter.txt").write_text("dear")

    with running(postgres) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    aside = list(postgres.folder.glob("data.broken-*"))
    assert [(path / "letter.txt").read_text() for path in aside] == ["dear"]


def test_note_of_a_pid_that_is_another_programs_does_not_stop_the_start(postgres: Postgres) -> None:
    postgres.prepare()
    (postgres.data / "postmaster.pid").write_text(f"{os.getppid()}\n{postgres.data}\n")

    with running(postgres) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_cluster_of_another_version_is_refused_with_a_way_out(postgres: Postgres) -> None:
    postgres.prepare()
    (postgres.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(Problem, match=r"was made by PostgreSQL 12.*move that folder away"):
        postgres.prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs the way around")
def test_root_falls_back_to_another_uid_where_namespaces_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = make_closed_folder(tmp_path)
    monkeypatch.setenv("PATH", f"{refuse_namespaces(tmp_path)}:{os.environ['PATH']}")
    monkeypatch.syspath_prepend(copy_of_the_wheel(closed))
    privileges.unprivileged.cache_clear()

    try:
        postgres = Postgres(closed, tmp_path / "log", durable=False)
        assert Path(binary("initdb")).is_relative_to(closed)
        with running(postgres) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert postgres.data.stat().st_uid == privileges.other_user().pw_uid
        assert (closed.stat().st_uid, closed.stat().st_mode & 0o777) == (0, 0o700)
    finally:
        privileges.unprivileged.cache_clear()


# Roles ---------------------------------------------------------------------------------------

# What somebody who broke into the portal might try, each as a person would type it.
FORBIDDEN = (
    "TRUNCATE kept",
    "ALTER TABLE kept DISABLE TRIGGER ALL",
    "DROP TRIGGER kept_is_final ON kept",
    "ALTER TABLE kept ADD COLUMN more text",
    "DROP TABLE kept",
    "CREATE TABLE mine (word text)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "ALTER ROLE rkpd SUPERUSER",
    "SET ROLE rkpd_owner",
    "CREATE DATABASE mine",
    "COPY kept TO PROGRAM 'true'",
    "SELECT pg_read_file('postgresql.conf')",
)
TABLE = """
    CREATE TABLE kept (id bigint GENERATED BY DEFAULT AS IDENTITY, word text);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'final'; END $$;
    CREATE TRIGGER kept_is_final BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def assert_portal_owns_nothing(owner: psycopg.Connection, portal_url: str) -> None:
    """It reads and writes rows of what the owner makes, and nothing else."""
    owner.execute(TABLE)
    owner.commit()
    with psycopg.connect(portal_url, autocommit=True) as portal:
        portal.execute("INSERT INTO kept (word) VALUES ('satu')")
        portal.execute("UPDATE kept SET word = 'dua'")
        assert portal.execute("SELECT word FROM kept").fetchall() == [("dua",)]
        for deed in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                portal.execute(deed)
        with pytest.raises(psycopg.errors.RaiseException):
            portal.execute("DELETE FROM kept")
        owned = portal.execute(
            "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'rkpd'"
        ).fetchone()
        assert owned == (0,)
        role = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s"
        for name in ("rkpd", "rkpd_owner"):
            assert portal.execute(role, [name]).fetchone() == (False, False, False)


def test_portal_owns_nothing_in_the_embedded_cluster(postgres: Postgres) -> None:
    with running(postgres) as owner:
        assert_portal_owns_nothing(owner, postgres.url)


def test_portal_owns_nothing_in_compose(postgres: Postgres) -> None:
    """roles.sql as the image of PostgreSQL runs it: psql, as the superuser, in a new database."""
    passwords = {"OWNER_DATABASE_PASSWORD": "owner-secret", "DATABASE_PASSWORD": "portal-secret"}
    with running(postgres):
        with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as administrator:
            administrator.execute("ALTER SCHEMA public OWNER TO pg_database_owner")
            administrator.execute(f"ALTER DATABASE {DATABASE} OWNER TO postgres")
            administrator.execute(f"DROP OWNED BY {PORTAL}, {OWNER}")
            administrator.execute(f"DROP ROLE {PORTAL}")
            administrator.execute(f"DROP ROLE {OWNER}")
        command = [binary("psql"), "-v", "ON_ERROR_STOP=1", "--no-password", "--file", ROLES]
        url = postgres.url_of("postgres")
        subprocess.run([*command, url], env=passwords, check=True, capture_output=True)

        place = f"127.0.0.1:{postgres.port}/{DATABASE}"
        with psycopg.connect(f"postgres://{OWNER}:owner-secret@{place}") as owner:
            assert_portal_owns_nothing(owner, f"postgres://{PORTAL}:portal-secret@{place}")


def test_cluster_from_before_the_roles_is_refused_with_a_way_out(postgres: Postgres) -> None:
    with running(postgres):
        pass
    postgres.password_file(OWNER).unlink()

    with pytest.raises(Problem, match="begin anew with 'rm -r "):
        postgres.prepare()
