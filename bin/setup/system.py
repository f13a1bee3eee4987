"""What pip cannot install: added through apt when we may, else named with the line to type."""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bin.setup.installer import Installer, Problem, say

APT_AGAIN = 3600.0  # seconds before an apt-get that failed is tried again
UNPACKED = Path(__file__).resolve().parents[2] / "var" / "unpacked"


@dataclass(frozen=True)
class Part:
    """One thing of the system, and what does not work without it."""

    title: str
    packages: tuple[str, ...]
    is_present: Callable[[], bool]
    without: str

    @property
    def apt_line(self) -> str:
        return f"sudo apt-get install {' '.join(self.packages)}"

    def add(self, installer: Installer) -> None:
        """Install it through apt when we may, else say what to type."""
        if self.is_present():
            return
        note = installer.log.with_name(f"apt-failed-{self.packages[0]}")
        if may_use_apt() and not is_fresh(note):
            self.install_with_apt(installer, note)
        if not self.is_present():
            say(f"{self.title} is missing: {self.without} To add it, type: {self.apt_line}")

    def install_with_apt(self, installer: Installer, note: Path) -> None:
        """Try the package lists that are there, then fresh ones; remember a failure."""
        title = f"Installing {self.title} with apt-get"
        try:
            try:
                installer.run(title, self.apt_command())
            except Problem:
                installer.run("Reading the package lists", ["apt-get", "update"])
                installer.run(title, self.apt_command())
        except Problem as problem:
            say(str(problem))
            note.touch()

    def apt_command(self) -> list[str]:
        return ["apt-get", "install", "-y", "-q", "--no-install-recommends", *self.packages]


class Unpacked(Part):
    """A program that is unpacked into var/: its package, installed, would start a service."""

    def apt_command(self) -> list[str]:
        """The shell's, since apt-get downloads into the folder that it stands in."""
        script = 'mkdir -p "$1" && cd "$1" && apt-get download -q "$2" && dpkg-deb -x "$2"_*.deb .'
        return ["sh", "-c", script, "sh", str(UNPACKED), *self.packages]


def may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def is_fresh(note: Path) -> bool:
    return note.exists() and time.time() - note.stat().st_mtime < APT_AGAIN


def has_pango() -> bool:
    """Whether the libraries that WeasyPrint opens can be opened."""
    try:
        for name in ("libpango-1.0", "libpangoft2-1.0", "libharfbuzz-subset"):
            ctypes.CDLL(f"{name}.dylib" if sys.platform == "darwin" else f"{name}.so.0")
    except OSError:
        return False
    return True


def has_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def find_chromium() -> str | None:
    """The path of a Chromium that starts (Ubuntu's package is only a hint to use snap)."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    for name in [named] if named else names:
        path = shutil.which(name)
        if path and starts([path, "--version"]):
            return path
    return None


def find_caddy() -> str | None:
    """The path of a Caddy that starts."""
    found = os.environ.get("CADDY") or shutil.which("caddy")
    path = found or str(UNPACKED / "usr" / "bin" / "caddy")
    return path if starts([path, "version"]) else None


def starts(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def browser_environment() -> dict[str, str]:
    """CHROMIUM with the browser's path, or NO_CHROMIUM with the reason why there is none."""
    if path := find_chromium():
        return {"CHROMIUM": path}
    if named := os.environ.get("CHROMIUM"):
        return {"CHROMIUM": "", "NO_CHROMIUM": f"CHROMIUM names {named}, which does not start."}
    return {"NO_CHROMIUM": f"Chromium is not installed; to add it, type: {CHROMIUM.apt_line}"}


def proxy_environment() -> dict[str, str]:
    """CADDY with the proxy's path, or NO_CADDY with the reason why there is none."""
    if path := find_caddy():
        return {"CADDY": path}
    if named := os.environ.get("CADDY"):
        return {"CADDY": "", "NO_CADDY": f"CADDY names {named}, which does not start."}
    return {"NO_CADDY": f"Caddy is not installed; to add it, type: {CADDY.apt_line}"}


PANGO = Part(
    "Pango",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    has_pango,
    "the portal runs, but no PDF can be made.",
)
CHROMIUM = Part(
    "Chromium",
    ("chromium", "fonts-liberation"),
    lambda: find_chromium() is not None,
    "tests in a browser are skipped.",
)
CADDY = Unpacked(
    "Caddy",
    ("caddy",),
    lambda: find_caddy() is not None,
    "tests behind the proxy of production are skipped.",
)
WRK = Part(
    "wrk",
    ("wrk",),
    lambda: shutil.which("wrk") is not None,
    "bin/bench read cannot ask for pages.",
)
GETTEXT = Part(
    "gettext",
    ("gettext",),
    lambda: shutil.which("xgettext") is not None,
    "messages that nobody has put into the catalog yet are not found.",
)
VENV = Part(
    "Python's venv module",
    (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",),
    has_venv,
    "no .venv can be made.",
)
