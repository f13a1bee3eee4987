"""One process that makes the database, the static files and the demonstration ready, then ends."""

import argparse
import hashlib
import os
import shutil
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from rkpd_portal.localstack.folder import CHECKOUT

APPS = ("accounts", "consultations", "aspirations", "rkpd_portal")


def main() -> None:
    """Do it all; each step is safe to repeat."""
    options = arguments().parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rkpd_portal.settings")
    django.setup()
    collect_static()
    if options.only_static:
        return
    call_command("migrate", interactive=False, verbosity=0)
    if options.accounts:
        load_demonstration(options.accounts)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only-static", action="store_true")
    parser.add_argument("--accounts", type=Path, help="load the demonstration, list accounts here")
    return parser


def collect_static() -> None:
    """Copy and compress the static files, when they or the packages changed."""
    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    now = fingerprint()
    if stamp.exists() and stamp.read_text() == now and Path(settings.STATIC_ROOT).exists():
        return
    print("Compressing the static files.", flush=True)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)


def fingerprint() -> str:
    """Changes when a static file of ours, a package or the settings change."""
    digest = hashlib.sha256()
    for folder in (CHECKOUT, *(CHECKOUT / app for app in APPS)):
        for path in sorted((folder / "static").rglob("*")):
            state = path.stat()
            name = path.relative_to(CHECKOUT)
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    for path in (
        CHECKOUT / "requirements" / "production.txt",
        CHECKOUT / "rkpd_portal" / "settings.py",
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load_demonstration(accounts: Path) -> None:
    """Load the demonstration (it does nothing the second time) and note its accounts."""
    call_command("load_demonstration")
    with accounts.open("w") as file:
        call_command("load_demonstration", accounts=True, stdout=file)


if __name__ == "__main__":
    main()
