"""Set this checkout up, then start one of its commands: every command in bin/ comes through here.

Standard library only, because nothing else is installed yet. Doing it twice does nothing twice.
"""

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ("local", "dev")  # each lock file contains the one before it
SILENCE = 4.0  # seconds between two lines of progress
APT_AGAIN = 3600.0  # seconds before an apt-get that failed is tried again


class Problem(Exception):
    """A sentence for the person at the terminal."""


@dataclass(frozen=True)
class Command:
    """One command of bin/: what it needs and the module that does its work."""

    level: str
    module: str
    system: tuple[str, ...]


@dataclass(frozen=True)
class SystemPart:
    """Something that pip cannot install."""

    title: str
    packages: tuple[str, ...]
    is_present: Callable[[], bool]
    without: str


COMMANDS = {
    "run": Command("local", "rkpd_portal.localstack", ("pango",)),
    "test": Command("dev", "rkpd_portal.localstack.testing", ("pango", "chromium")),
    "check": Command("dev", "rkpd_portal.localstack.checking", ("gettext",)),
    "bench": Command("dev", "rkpd_portal.localstack.bench", ("pango", "chromium")),
    "pictures": Command("dev", "rkpd_portal.localstack.pictures", ("pango", "chromium")),
}


def main(name: str, arguments: list[str]) -> NoReturn:
    """Make the checkout ready for one command and become that command."""
    keep_standard_files_open()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also when started with &
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    command = COMMANDS[name]
    checkout = Checkout(ROOT)
    try:
        checkout.set_up(command)
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        say("\nStopped while setting up; the next start does it anew.")
        sys.exit(130)
    except OSError as error:
        sys.exit(sentence_for(error))
    checkout.become(command, arguments)


def keep_standard_files_open() -> None:
    """With stdin closed (bin/run <&-) the next file we open would become descriptor 0."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def sentence_for(error: OSError) -> str:
    """What to do about an error of the file system."""
    if error.errno == errno.ENOSPC:
        return f"The disk is full: make room for about 1 GB in {ROOT} and try again."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return (
            f"This user may not write to {error.filename}: "
            f"run the command as the owner of {ROOT}, or clone the project to a folder of your own."
        )
    return f"The checkout could not be set up: {error}."


class Checkout:
    """A clone of the project, and what setting it up leaves in it: .venv and var/."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.stamp = self.venv / "installed.json"
        self.unfinished = self.venv / "unfinished"
        self.var = root / "var"
        self.log = self.var / "log" / "setup.log"

    def set_up(self, command: Command) -> None:
        """Install what is missing for the command; one process at a time."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.lock() as lock:
            self.install(command.level, lock)
            for name in command.system:
                self.add_system_part(SYSTEM_PARTS[name], lock)
            self.compile_messages(lock)

    @contextlib.contextmanager
    def lock(self) -> Iterator[int]:
        """Hold the one lock of this checkout. Installers inherit it, so that it outlives us."""
        descriptor = os.open(self.var / "setup.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is setting this checkout up; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    # Python packages ----------------------------------------------------------------------

    def install(self, level: str, lock: int) -> None:
        """Bring .venv to the lock of this level, from nothing or from what is there."""
        if self.is_sound() and self.has(level):
            return
        if not self.is_sound():
            self.make_venv(lock)
        self.stamp.unlink(missing_ok=True)
        self.unfinished.touch()
        run(
            f"Installing the Python packages of requirements/{level}.txt (once, about a minute)",
            pip_command(self.python, self.lock_file(level)),
            log=self.log,
            lock=lock,
            on_failure=self.unfinished.unlink,  # pip gave up by itself and undid what it began
        )
        self.stamp.write_text(json.dumps(self.state(level)))
        self.unfinished.unlink()

    def is_sound(self) -> bool:
        """Whether .venv is a whole environment, made here, for this Python."""
        if self.unfinished.exists() or not self.venv_runs():
            return False
        return self.installed().get("path", str(self.venv)) == str(self.venv)

    def venv_runs(self) -> bool:
        """Whether .venv has a Python with pip; cheap when we run on it ourselves."""
        if Path(sys.prefix).resolve() == self.venv:
            return importlib.util.find_spec("pip") is not None
        check = [
            self.python,
            "-c",
            "import pip, sys; sys.exit(sys.version_info < (3, 11))",
        ]
        return (
            self.python.exists()
            and subprocess.run(check, check=False, capture_output=True).returncode == 0
        )

    def make_venv(self, lock: int) -> None:
        """Make .venv anew."""
        say("Making .venv")
        if importlib.util.find_spec("ensurepip") is None:
            self.add_system_part(VENV_MODULE, lock)
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
                f"'sudo apt-get install {' '.join(VENV_MODULE.packages)}' and try again.\n"
                f"{made.stdout}{made.stderr}".strip()
            )

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

    # What pip cannot install --------------------------------------------------------------

    def add_system_part(self, part: SystemPart, lock: int) -> None:
        """Install a system part through apt when we may, else say what to type."""
        if part.is_present():
            return
        if may_use_apt() and not self.apt_failed_lately(part):
            self.install_with_apt(part, lock)
        if not part.is_present():
            say(f"{part.title} is missing: {part.without} To add it, type: {apt_line(part)}")

    def install_with_apt(self, part: SystemPart, lock: int) -> None:
        """Try the package lists that are there, then fresh ones; remember a failure."""
        install = [
            "apt-get",
            "install",
            "-y",
            "-q",
            "--no-install-recommends",
            *part.packages,
        ]
        title = f"Installing {part.title} with apt-get"
        try:
            try:
                run(title, install, log=self.log, lock=lock)
            except Problem:
                run(
                    "Reading the package lists",
                    ["apt-get", "update"],
                    log=self.log,
                    lock=lock,
                )
                run(title, install, log=self.log, lock=lock)
        except Problem as problem:
            say(str(problem))
            self.apt_note(part).touch()

    def apt_failed_lately(self, part: SystemPart) -> bool:
        note = self.apt_note(part)
        return note.exists() and time.time() - note.stat().st_mtime < APT_AGAIN

    def apt_note(self, part: SystemPart) -> Path:
        return self.log.with_name(f"apt-failed-{part.packages[0]}")

    # Message catalogs ---------------------------------------------------------------------

    def compile_messages(self, lock: int) -> None:
        """Compile the catalogs that changed; git keeps only their text."""
        for text in sorted(self.root.glob("locale/*/LC_MESSAGES/*.po")):
            compiled = text.with_suffix(".mo")
            if not compiled.exists() or compiled.stat().st_mtime_ns < text.stat().st_mtime_ns:
                self.compile_catalog(text, compiled, lock)

    def compile_catalog(self, text: Path, compiled: Path, lock: int) -> None:
        new = compiled.with_suffix(".mo.new")
        language = text.parent.parent.name
        babel = [self.python, "-m", "babel.messages.frontend", "-q", "compile"]
        files = ["-i", text, "-o", new, "-l", language]
        run(
            f"Compiling {text.relative_to(self.root)}",
            [*babel, *files],
            log=self.log,
            lock=lock,
        )
        new.replace(compiled)

    # The command itself -------------------------------------------------------------------

    def become(self, command: Command, arguments: list[str]) -> NoReturn:
        """Replace this process by the command's module, running in .venv at the root."""
        os.chdir(self.root)
        environment = clean_environment() | browser_environment(command)
        line = [str(self.python), "-m", command.module, *arguments]
        os.execve(self.python, line, environment)


def pip_command(python: Path, lock_file: Path) -> list[str | Path]:
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
    ]
    return [
        *pip,
        "install",
        "--progress-bar",
        "off",
        "--require-hashes",
        "-r",
        lock_file,
    ]


def clean_environment() -> dict[str, str]:
    """Our environment without what would make another Python or another pip of it."""
    unwanted = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONSAFEPATH",
        "PIP_USER",
        "PIP_TARGET",
        "PIP_PREFIX",
    }
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {"PATH": os.defpath} | kept | {"PYTHONNOUSERSITE": "1"}


# System parts -----------------------------------------------------------------------------


def has_pango() -> bool:
    """Whether the libraries that WeasyPrint opens can be opened."""
    try:
        for name in ("libpango-1.0", "libpangoft2-1.0", "libharfbuzz-subset"):
            ctypes.CDLL(f"{name}.dylib" if sys.platform == "darwin" else f"{name}.so.0")
    except OSError:
        return False
    return True


def find_chromium() -> str | None:
    """The path of a Chromium that starts (Ubuntu's package is only a hint to use snap)."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    for name in [named] if named else names:
        path = shutil.which(name)
        if path and starts([path, "--version"]):
            return path
    return None


def starts(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def browser_environment(command: Command) -> dict[str, str]:
    """CHROMIUM with the browser's path, or NO_CHROMIUM with the reason why there is none."""
    if "chromium" not in command.system:
        return {}
    if path := find_chromium():
        return {"CHROMIUM": path}
    if named := os.environ.get("CHROMIUM"):
        return {"CHROMIUM": "", "NO_CHROMIUM": f"CHROMIUM names {named}, which does not start."}
    line = apt_line(SYSTEM_PARTS["chromium"])
    return {"NO_CHROMIUM": f"Chromium is not installed; to add it, type: {line}"}


SYSTEM_PARTS = {
    "pango": SystemPart(
        "Pango",
        ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
        has_pango,
        "the portal runs, but no PDF can be made.",
    ),
    "chromium": SystemPart(
        "Chromium",
        ("chromium", "fonts-liberation"),
        lambda: find_chromium() is not None,
        "tests in a browser are skipped.",
    ),
    "gettext": SystemPart(
        "gettext",
        ("gettext",),
        lambda: shutil.which("xgettext") is not None,
        "messages that nobody has put into the catalog yet are not found.",
    ),
}
VENV_MODULE = SystemPart(
    "Python's venv module",
    (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",),
    lambda: importlib.util.find_spec("ensurepip") is not None,
    "no .venv can be made.",
)


def may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_line(part: SystemPart) -> str:
    return f"sudo apt-get install {' '.join(part.packages)}"


# Running installers -----------------------------------------------------------------------


def run(
    title: str,
    command: list[str | Path] | list[str],
    *,
    log: Path,
    lock: int,
    on_failure: Callable[[], None] = lambda: None,
) -> None:
    """Run an installer, its output into the log and now and then a line of it here."""
    say(title)
    environment = clean_environment() | {
        "DEBIAN_FRONTEND": "noninteractive",
        "PYTHONUNBUFFERED": "1",
    }
    with log.open("a") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=(lock,),
        )
    if wait_for(process, log):
        on_failure()
        raise Problem(f"{title}: failed. {last_line(log)} (All of it: {log})")


def wait_for(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait for an installer to end, saying every few seconds what it does."""
    started = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=SILENCE)
            except subprocess.TimeoutExpired:
                say(f"  {time.monotonic() - started:3.0f} s  {shortened(last_line(log))}")
    except BaseException:
        process.terminate()
        process.wait()
        raise


def last_line(log: Path) -> str:
    """The last line that says something in the last part of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()
    telling = (line.strip() for line in reversed(lines) if line.strip())
    return next((line for line in telling if not line.startswith("WARNING")), "")


def shortened(line: str) -> str:
    """A line of pip or apt-get without its tail of names and options."""
    if line.startswith("Installing collected packages: "):
        return f"Installing {line.count(',') + 1} packages"
    return line.split(" (from ")[0][:90]


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
