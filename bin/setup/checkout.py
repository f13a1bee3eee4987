"""A clone of the project, and what setting it up leaves in it: .venv and var/."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from bin.setup import catalogs
from bin.setup.commands import Command
from bin.setup.installer import Installer, clean_environment, say
from bin.setup.packages import Packages
from bin.setup.system import CADDY, CHROMIUM, browser_environment, proxy_environment


class Checkout:
    """Makes itself ready for a command and becomes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.packages = Packages(root)
        self.var = root / "var"
        self.log = self.var / "log" / "setup.log"

    def set_up(self, command: Command) -> None:
        """Install what is missing for the command; one process at a time."""
        with self.installer() as installer:
            self.packages.install(command.level, installer)
            for part in command.system:
                part.add(installer)
            catalogs.compile_changed(self.root, self.packages.python, installer)

    @contextlib.contextmanager
    def installer(self) -> Iterator[Installer]:
        """Whoever holds the one lock of this checkout may install."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.var / "setup.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is setting this checkout up; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield Installer(self.log, descriptor)
        finally:
            os.close(descriptor)

    def become(self, command: Command, arguments: list[str]) -> NoReturn:
        """Replace this process by the command's module, running in .venv at the root."""
        os.chdir(self.root)
        environment = clean_environment()
        if CHROMIUM in command.system:
            environment |= browser_environment()
        if CADDY in command.system:
            environment |= proxy_environment()
        python = str(self.packages.python)
        os.execve(python, [python, "-m", command.module, *arguments], environment)
