"""The Python packages of a checkout: .venv, brought to one of the lock files."""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

from bin.setup import system
from bin.setup.installer import Installer, Problem, say

LEVELS = ("local", "dev")  # each lock file contains the one before it
VERSION_CHECK = "import pip, sys; sys.exit(sys.version_info < (3, 11))"


class Packages:
    """.venv of one checkout, and the stamp that says what was installed in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.stamp = self.venv / "installed.json"
        self.unfinished = self.venv / "unfinished"

    def install(self, level: str, installer: Installer) -> None:
        """Bring .venv to the lock of this level, from nothing or from what is there."""
        if self.is_sound() and self.has(level):
            return
        if not self.is_sound():
            self.make_venv(installer)
        self.stamp.unlink(missing_ok=True)
        self.unfinished.touch()
        installer.run(
            f"Installing the Python packages of requirements/{level}.txt (once, about a minute)",
            self.pip_command(level),
            on_failure=self.unfinished.unlink,  # pip gave up by itself and undid what it began
        )
        self.stamp.write_text(json.dumps(self.state(level)))
        self.unfinished.unlink()

    def pip_command(self, level: str) -> list[str | Path]:
        pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
        options = ("--progress-bar", "off", "--require-hashes")
        return [self.python, *pip, "install", *options, "-r", self.lock_file(level)]

    # .venv itself -------------------------------------------------------------------------

    def is_sound(self) -> bool:
        """Whether .venv is a whole environment, made here, for this Python."""
        if self.unfinished.exists() or not self.venv_runs():
            return False
        return self.installed().get("path", str(self.venv)) == str(self.venv)

    def venv_runs(self) -> bool:
        """Whether .venv has a Python with pip; cheap when we run on it ourselves."""
        if Path(sys.prefix).resolve() == self.venv:
            return importlib.util.find_spec("pip") is not None
        check: list[str | Path] = [self.python, "-c", VERSION_CHECK]
        return (
            self.python.exists()
            and subprocess.run(check, check=False, capture_output=True).returncode == 0
        )

    def make_venv(self, installer: Installer) -> None:
        """Make .venv anew."""
        say("Making .venv")
        system.VENV.add(installer)
        shutil.rmtree(self.venv, ignore_errors=True)
        self.venv.mkdir()
        self.unfinished.touch()
        base = getattr(sys, "_base_executable", sys.executable)
        made = subprocess.run(
            [base, "-m", "venv", self.venv], check=False, capture_output=True, text=True
        )
        if made.returncode:
            raise Problem(
                f"{base} could not make a virtual environment; on Debian and Ubuntu type "
                f"'{system.VENV.apt_line}' and try again.\n{made.stdout}{made.stderr}".strip()
            )

    # What is in it ------------------------------------------------------------------------

    def has(self, level: str) -> bool:
        """Whether the last installation was of this level or more, from today's lock files."""
        installed = self.installed()
        name = installed.get("level")
        return name in LEVELS[LEVELS.index(level) :] and installed == self.state(str(name))

    def installed(self) -> dict[str, str]:
        """What the last complete installation left in the stamp."""
        try:
            stamp: dict[str, str] = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return {}
        return stamp

    def state(self, level: str) -> dict[str, str]:
        """The stamp of a complete installation of this level."""
        digest = hashlib.sha256()
        for name in LEVELS[: LEVELS.index(level) + 1]:
            digest.update(self.lock_file(name).read_bytes())
        return {"level": level, "locks": digest.hexdigest(), "path": str(self.venv)}

    def lock_file(self, level: str) -> Path:
        return self.root / "requirements" / f"{level}.txt"
