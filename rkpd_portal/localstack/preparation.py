"""What must be done before the portal can answer: static files, database, demonstration."""

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import environ
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from rkpd_portal.localstack import schema, static_files
from rkpd_portal.localstack.terminal import Problem, run_command


def main() -> int:
    """Do what the arguments name; each part is safe to repeat."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--static", action="store_true", help="collect and compress")
    parser.add_argument("--database", action="store_true", help="migrate")
    parser.add_argument("--accounts", type=Path, help="load the demonstration, list accounts here")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rkpd_portal.settings")
    django.setup()
    if options.static:
        collect_static()
    if options.database:
        with as_owner():
            migrate()
    if options.accounts:
        load_demonstration(options.accounts)
    return 0


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Within it, this process is the owner of the database, where the portal has one."""
    portal = dict(connection.settings_dict)
    if url := os.environ.get("OWNER_DATABASE_URL"):
        connection.settings_dict |= environ.Env.db_url_config(url)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= portal


def migrate() -> None:
    """Bring the database up to date. Raises Problem if it never can be."""
    if names := schema.rewritten():
        raise Problem(
            "This database has been through other migrations than those of today"
            f" ({', '.join(names)}), so the portal does not fit it. Begin anew with"
            f" 'rm -r {settings.VAR_DIR}', or name another DATABASE_URL."
        )
    schema.note()
    call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Copy and compress the static files; the stamp says that it was done to the end."""
    print("Compressing the static files.", flush=True)
    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    state = static_files.fingerprint()
    stamp.unlink(missing_ok=True)
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state)


def load_demonstration(accounts: Path) -> None:
    """Load the demonstration (it does nothing the second time) and note its accounts."""
    call_command("load_demonstration")
    with accounts.open("w") as file:
        call_command("load_demonstration", accounts=True, stdout=file)


if __name__ == "__main__":
    sys.exit(run_command(main))
