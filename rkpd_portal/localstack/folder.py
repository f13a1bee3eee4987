"""The folder of all that a running stack leaves on the disk: VAR_DIR, or var/ in the checkout."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LARGEST_LOG = 5_000_000  # bytes; a larger one is put aside at the next start


class Folder:
    """Paths below one folder, made when they are first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def from_environment(cls) -> "Folder":
        return cls(Path(os.environ.get("VAR_DIR") or CHECKOUT / "var").resolve())

    def part(self, name: str) -> Path:
        """A folder inside, existing."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """The log of one process; an old large one is kept as ``.1``."""
        path = self.part("log") / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        path.touch()
        return path

    def in_words(self, path: Path) -> str:
        """A path as the person would type it at the checkout."""
        return str(path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path)


def kept_secret(path: Path) -> str:
    """The secret in this file, made up the first time; only its owner may read it."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 600, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


@contextlib.contextmanager
def lock(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Try to hold this lock file: yields whether we do. The kernel frees it when we die."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
