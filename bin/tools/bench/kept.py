"""Data that the benches keep between runs: the demonstration, and as many aspirations more.

A folder of a stack each, below var/bench/, made anew when the migrations or the seed change.
"""

import hashlib
import re
import shutil
import time
from pathlib import Path

from bin.tools.bench import seeding
from bin.tools.bench.stack import running
from rkpd_portal.localstack.folder import CHECKOUT, Folder
from rkpd_portal.localstack.terminal import say

WHOLE = "whole"  # the file that says that a folder was made to the end
# What decides what lies in a folder.
SOURCES = (
    "*/migrations/*.py",
    "accounts/finality.py",
    "bin/tools/bench/seed*",
    "consultations/recording.py",
    "consultations/regions/*",
    "rkpd_portal/demonstration/**/*",
    "rkpd_portal/roles.sql",
)


def data_of(size: int) -> Folder:
    """The folder of a stack with so many aspirations beside the demonstration, ready to start."""
    ours = Folder.from_environment().part(f"bench/{fingerprint()}")
    remove_others(ours)
    folder = ours / str(size)
    if not (folder / WHOLE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        if size:
            add_aspirations(copy_of(0, folder), size)
        else:
            load_demonstration(Folder(folder))
        (folder / WHOLE).touch()
    return Folder(folder)


def copy_of(size: int, target: Path) -> Folder:
    """A copy of that folder, for a bench that changes its data."""
    shutil.copytree(data_of(size).path, target, ignore=shutil.ignore_patterns(WHOLE))
    return Folder(target)


def remove_others(ours: Path) -> None:
    """What was made by other migrations or another seed helps nobody, and is large."""
    for other in ours.parent.iterdir():
        if re.fullmatch("[0-9a-f]{12}", other.name) and other != ours:
            shutil.rmtree(other, ignore_errors=True)


def load_demonstration(folder: Folder) -> None:
    say("Loading the demonstration, which is kept for the next time ...")
    with running(folder, durable=False) as stack:
        accounts = ("--accounts", str(folder.path / "accounts.txt"))
        owner = {"OWNER_DATABASE_URL": stack.postgres.owner_url}
        preparation = "rkpd_portal.localstack.preparation"
        stack.run("demonstration", preparation, "--database", *accounts, **owner)
        seeding.prolong(stack)


def add_aspirations(folder: Folder, size: int) -> None:
    say(f"Adding {size:,} aspirations, which are kept for the next time ...")
    began = time.monotonic()
    with running(folder, durable=False) as stack:
        seeding.seed(stack, size)
    say(f"Added in {time.monotonic() - began:.0f} s.")


def fingerprint() -> str:
    """Of everything that decides what lies in the folders."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(CHECKOUT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(CHECKOUT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]
