"""Part of bin/check: every message is in the catalog, translated, and none is there for nothing."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polib
from babel.messages.pofile import read_po

from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.terminal import Problem, run_command, say

NOT_COPIED = (".*", "var", "tests", "docs", "node_modules", "dist", "__pycache__", "*.mo")
Key = tuple[str | None, str]


def main() -> int:
    """Check each catalog; 1 when one is not complete."""
    catalogs = sorted(CHECKOUT.glob("locale/*/LC_MESSAGES/*.po"))
    if not catalogs:
        say("There is no catalog: make one with 'manage.py makemessages -l id'.")
        return 1
    faults = [fault for catalog in catalogs for fault in faults_of(catalog)]
    if shutil.which("xgettext"):
        faults += differences(catalogs)
    else:
        say(
            "Not checked, for want of gettext: whether every message of the code is in the catalog."
        )
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def faults_of(catalog: Path) -> list[str]:
    """What can be seen in the catalog alone."""
    file = polib.pofile(str(catalog))
    entries = [entry for entry in file if not entry.obsolete]
    untranslated = [entry for entry in entries if not entry.translated() and not entry.fuzzy]
    fuzzy = [entry for entry in entries if entry.fuzzy]
    return [
        *as_lines(catalog, "is not translated", map(key, untranslated)),
        *as_lines(catalog, "is fuzzy", map(key, fuzzy)),
        *as_lines(catalog, "is obsolete", map(key, file.obsolete_entries())),
        *placeholder_faults(catalog),
    ]


def placeholder_faults(catalog: Path) -> list[str]:
    """Translations whose %(placeholders)s are not those of the message."""
    with catalog.open("rb") as file:
        checked = read_po(file).check()
    return [
        f"{name(catalog)}: {error} in {message.id!r}"
        for message, errors in checked
        for error in errors
    ]


def differences(catalogs: list[Path]) -> list[str]:
    """How the catalogs differ from what makemessages finds in the code today."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        for domain in {catalog.stem for catalog in catalogs}:
            make_messages(copy, domain)
        return [
            fault
            for catalog in catalogs
            for fault in difference(catalog, copy / catalog.relative_to(CHECKOUT))
        ]


def make_messages(copy: Path, domain: str) -> None:
    """Run makemessages over a copy of the code, for all its languages."""
    command = [sys.executable, "manage.py", "makemessages", "--all", "--domain", domain]
    done = subprocess.run(command, check=False, cwd=copy, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"makemessages failed: {done.stderr.strip()}")


def difference(catalog: Path, fresh: Path) -> list[str]:
    """Messages that only one of the two has."""
    kept, found = keys(catalog), keys(fresh)
    return [
        *as_lines(catalog, "is missing from the catalog", found - kept),
        *as_lines(catalog, "is in the catalog but not in the code", kept - found),
    ]


def keys(catalog: Path) -> set[Key]:
    return {key(entry) for entry in polib.pofile(str(catalog)) if not entry.obsolete}


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def as_lines(catalog: Path, fault: str, messages: Iterable[Key]) -> list[str]:
    return [f"{name(catalog)}: {text!r} {fault}." for _, text in sorted(messages, key=str)]


def name(catalog: Path) -> str:
    return str(catalog.relative_to(CHECKOUT))


if __name__ == "__main__":
    sys.exit(run_command(main))
