"""A database that went through other migrations than today's is noticed."""

import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from rkpd_portal.localstack import preparation, schema
from tests import administration


@pytest.fixture
def owner(django_db_setup: None) -> Iterator[None]:
    """Who migrates; asked for before the test's transaction."""
    with administration.in_charge():
        yield


def test_database_of_today_is_fit(owner: None, db: None) -> None:
    schema.note()

    assert schema.rewritten() == []
    assert "accounts.0001_initial" in schema.noted()
    assert not [name for name in schema.noted() if name.startswith(("auth.", "account."))]


def test_migration_that_was_rewritten_or_is_gone_is_named(owner: None, db: None) -> None:
    then = schema.digests() | {"accounts.0001_initial": "0" * 64, "aspirations.0009_gone": "1" * 64}
    MigrationRecorder(connection).record_applied("aspirations", "0009_gone")
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {schema.TABLE} IS '{json.dumps(then)}'")

    assert schema.rewritten() == ["accounts.0001_initial", "aspirations.0009_gone"]


def test_new_database_has_nothing_to_notice(owner: None, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {schema.TABLE} RENAME TO no_longer")
        cursor.execute(f"CREATE TABLE {schema.TABLE} (LIKE no_longer)")

        assert schema.noted() == {}
        cursor.execute(f"DROP TABLE {schema.TABLE}")
    assert schema.noted() == {}


def test_database_that_bin_run_did_not_make_is_not_one_of_today(owner: None, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {schema.TABLE} IS NULL")

    assert "aspirations.0001_initial" in schema.rewritten()


def test_first_start_that_was_stopped_midway_goes_on(
    owner: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ran is known, and what did not run may be rewritten until it does."""
    unapplied = MigrationRecorder.Migration.objects.filter(app__in=("aspirations", "reports"))
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {schema.TABLE} IS NULL")
    MigrationRecorder.Migration.objects.all().delete()

    def stopped(*_arguments: object, **_options: object) -> None:
        MigrationRecorder(connection).record_applied("accounts", "0001_initial")
        raise KeyboardInterrupt

    monkeypatch.setattr("rkpd_portal.localstack.preparation.call_command", stopped)
    with pytest.raises(KeyboardInterrupt):
        preparation.migrate()

    assert schema.rewritten() == []
    assert not unapplied.exists()
    then = schema.noted() | {"reports.0001_initial": "0" * 64}
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {schema.TABLE} IS '{json.dumps(then)}'")
    assert schema.rewritten() == []
