"""A small disk of its own for the portal's files, so that it can be filled without harm."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rkpd_portal.localstack.folder import Folder

SIZE = "96m"
MARK = "CHAOS_MAY_MOUNT"  # set once this process has a table of mounts of its own
PREFIXES = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))
CHUNK = 64 * 1024


def become_able_to_mount(arguments: list[str]) -> None:
    """Start anew with mounts that nobody else sees and that end with us, where the kernel allows.

    Whoever kills bin/chaos then leaves no mount behind.
    """
    if MARK in os.environ or not shutil.which("unshare"):
        return
    folder = Folder.from_environment().part("chaos")
    for prefix in PREFIXES:
        trial = [*prefix, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
        if run(trial):
            command = [*prefix, sys.executable, "-m", "bin.tools.chaos", *arguments]
            os.execvpe(command[0], command, {**os.environ, MARK: "1"})


def run(command: list[str]) -> bool:
    """Whether it succeeded."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


class Disk:
    """The file system under the media folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / ".ballast"
        self.is_own = False

    def mount(self) -> bool:
        """Whether it is a disk of its own now."""
        self.folder.mkdir()
        options = f"size={SIZE},mode=700"
        if MARK in os.environ:
            self.is_own = run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)])
        return self.is_own

    def fill(self) -> None:
        """Take all the room there is."""
        with self.ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(CHUNK))

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def keep(self, target: Path) -> None:
        """Copy what would go with the mount."""
        if self.is_own:
            shutil.copytree(self.folder, target, dirs_exist_ok=True)

    def unmount(self) -> None:
        if self.is_own:
            run(["umount", str(self.folder)])
            self.is_own = False
