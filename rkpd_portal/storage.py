"""Files on the local disk that are whole or not there, whatever happens while they are written."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import FileSystemStorage

UNFINISHED = ".unfinished"
# A file that has not grown for so long belongs to a process that was killed.
ABANDONED_AFTER = 3600


class WholeFileStorage(FileSystemStorage):
    """Writes aside, makes sure that the disk holds it, and then gives the file its name.

    The folder of unfinished files lies under the same root, hence on the same file system, and
    apart from the others, so that what was left behind is found without looking at every file.
    """

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        self._remove_abandoned()
        name = self.get_available_name(name or str(content.name), max_length)
        aside = f"{UNFINISHED}/{secrets.token_hex(16)}"
        try:
            super().save(aside, content)
            _reach_the_disk(self.path(aside))
            return self._place(aside, name, max_length)
        finally:
            Path(self.path(aside)).unlink(missing_ok=True)

    def _place(self, aside: str, name: str, max_length: int | None) -> str:
        """Give a finished file its name, or the next free one: a taken name is never replaced."""
        Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                os.link(self.path(aside), self.path(name))
            except FileExistsError:
                name = self.get_available_name(name, max_length)
            else:
                _reach_the_disk(os.path.dirname(self.path(name)))
                return name

    def _remove_abandoned(self) -> None:
        """Delete what a killed process left behind; its file was never given a name."""
        long_ago = time.time() - ABANDONED_AFTER
        for path in Path(self.path(UNFINISHED)).glob("*"):
            with suppress(FileNotFoundError):  # another process removes it at this moment
                if path.stat().st_mtime < long_ago:
                    path.unlink()


def _reach_the_disk(path: str) -> None:
    """Return when a file's content, or a folder's names, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
