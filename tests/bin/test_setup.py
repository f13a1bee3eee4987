"""bin/setup on a tiny checkout: a real .venv and pip, a lock of one local wheel, no network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from bin.setup import catalogs, system
from bin.setup.checkout import Checkout
from bin.setup.commands import COMMANDS
from bin.setup.packages import Packages
from rkpd_portal.localstack.folder import CHECKOUT

MODULE = "import sys, os; print('ran', sys.argv[1:], os.getcwd())\n"
Result = subprocess.CompletedProcess[str]
CATALOG = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def write_wheel(folder: Path) -> str:
    """A package that does nothing; the line of a lock that asks for it."""
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{wheel.as_uri()} --hash=sha256:{digest}\n"


def make_checkout(folder: Path) -> Path:
    """What bin/ needs of a checkout, at a path with a space."""
    root = folder / "a checkout"
    shutil.copytree(CHECKOUT / "bin", root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements").mkdir()
    (root / "rkpd_portal" / "localstack").mkdir(parents=True)
    (root / "rkpd_portal" / "localstack" / "__main__.py").write_text(MODULE)
    for level in ("local", "dev"):
        (root / "requirements" / f"{level}.txt").write_text(write_wheel(folder))
    return root


def bin_run(checkout: Path, *arguments: str, **options: object) -> Result:
    """bin/run on nothing but the Python of these tests and the system's tools."""
    base = Path(getattr(sys, "_base_executable", sys.executable)).parent
    environment = {"PATH": f"{base}:/usr/bin:/bin", "HOME": "/proc/no-home", "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [checkout / "bin" / "run", *arguments],
        check=False,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        **options,  # type: ignore[call-overload]
    )


def has_tiny(checkout: Path) -> bool:
    return bool(list((checkout / ".venv").glob("lib/python*/site-packages/tiny.py")))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone."""
    return make_checkout(tmp_path)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The first bin/run of a fresh clone."""
    return bin_run(make_checkout(tmp_path_factory.mktemp("first")), "--port", "8001")


@pytest.fixture
def installed(first_run: Result) -> Path:
    """The checkout after it."""
    return Path(first_run.args[0]).parent.parent


@pytest.mark.processes
def test_first_run_installs_and_the_second_does_nothing(first_run: Result, installed: Path) -> None:
    second = bin_run(installed, stdin=subprocess.DEVNULL)

    assert first_run.returncode == 0, first_run.stdout
    assert "Making .venv" in first_run.stdout
    assert "Installing the Python packages of requirements/local.txt" in first_run.stdout
    assert first_run.stdout.endswith(f"ran ['--port', '8001'] {installed}\n")
    assert second.stdout == f"ran [] {installed}\n"
    assert has_tiny(installed)


@pytest.mark.processes
def test_changed_lock_is_installed_again(installed: Path) -> None:
    lock = installed / "requirements" / "local.txt"
    lock.write_text(lock.read_text() + "# another day\n")

    again = bin_run(installed)

    assert "Installing" in again.stdout
    assert "Making" not in again.stdout


@pytest.mark.processes
def test_interrupted_installation_is_begun_anew(installed: Path) -> None:
    (installed / ".venv" / "unfinished").touch()
    shutil.rmtree(next((installed / ".venv").glob("lib/python*/site-packages/pip")))

    again = bin_run(installed)

    assert "Making .venv" in again.stdout
    assert again.returncode == 0, again.stdout
    assert has_tiny(installed)


@pytest.mark.processes
def test_wrong_hash_is_a_sentence_and_the_next_start_is_sound(checkout: Path) -> None:
    lock = checkout / "requirements" / "local.txt"
    good = lock.read_text()
    lock.write_text(good.replace("sha256:", "sha256:0")[:-2] + "\n")

    bad = bin_run(checkout)
    lock.write_text(good)
    mended = bin_run(checkout)

    assert bad.returncode == 1
    assert "requirements/local.txt" in bad.stdout
    assert "setup.log" in bad.stdout
    assert "Traceback" not in bad.stdout
    assert mended.returncode == 0, mended.stdout
    assert has_tiny(checkout)


@pytest.mark.processes
def test_two_at_once_install_once(checkout: Path) -> None:
    command = [checkout / "bin" / "run"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sum("Installing" in output for output in outputs) == 1
    assert sum("waiting for it" in output for output in outputs) == 1


@pytest.mark.processes
def test_closed_standard_files_do_no_harm(installed: Path) -> None:
    script = f"exec '{installed}/bin/run' <&- >'{installed}/output' 2>&-"
    code = subprocess.run(["sh", "-c", script], check=False).returncode

    assert code == 0
    assert (installed / "output").read_text() == f"ran [] {installed}\n"


def test_no_python_is_one_sentence(checkout: Path) -> None:
    tools = checkout / "tools"
    tools.mkdir()
    for name in ("sh", "dirname"):
        (tools / name).symlink_to(str(shutil.which(name)))

    done = subprocess.run(
        [checkout / "bin" / "run"],
        check=False,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("The portal needs Python 3.11 or newer and found none")
    assert done.stderr.count("\n") == 1


# The parts, without a process -------------------------------------------------------------


def test_larger_level_satisfies_the_smaller_one_only(checkout: Path) -> None:
    packages = Packages(checkout)
    packages.venv.mkdir()

    packages.stamp.write_text(json.dumps(packages.state("dev")))
    with_dev = [packages.has("local"), packages.has("dev")]
    packages.stamp.write_text(json.dumps(packages.state("local")))
    with_local = [packages.has("local"), packages.has("dev")]

    assert with_dev == [True, True]
    assert with_local == [True, False]


@pytest.mark.processes
def test_moved_checkout_is_not_sound(installed: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(installed, tmp_path / "elsewhere", symlinks=True))

    assert Packages(installed).is_sound()
    assert not Packages(moved).is_sound()


def test_catalog_is_compiled_only_when_it_changed(checkout: Path) -> None:
    text = checkout / "locale" / "id" / "LC_MESSAGES" / "django.po"
    text.parent.mkdir(parents=True)
    text.write_text(CATALOG)
    times = []

    with Checkout(checkout).installer() as installer:
        for wait in (0.0, -5.0, 5.0):
            os.utime(text, (time.time() + wait, time.time() + wait))
            catalogs.compile_changed(checkout, Path(sys.executable), installer)
            times.append(text.with_suffix(".mo").stat().st_mtime_ns)

    assert times[0] == times[1] < times[2]


def test_apt_is_tried_only_by_root_and_not_again_at_once(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = checkout / "calls"
    apt = checkout / "tools" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f"#!/bin/sh\necho \"$1\" >> '{calls}'\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")
    part = system.Part("Pango", ("libpango",), lambda: False, "no PDF can be made.")

    with Checkout(checkout).installer() as installer:
        for may in (False, True, True):
            monkeypatch.setattr(system, "may_use_apt", lambda may=may: may)
            part.add(installer)

    assert calls.read_text().split() == ["install", "update"]
    line = "Pango is missing: no PDF can be made. To add it, type: sudo apt-get install libpango"
    assert capsys.readouterr().out.count(line) == 3


def test_bench_without_wrk_says_what_to_type(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    monkeypatch.setattr(system, "may_use_apt", lambda: False)
    parts = [part for part in COMMANDS["bench"].system if part.packages == ("wrk",)]

    with Checkout(checkout).installer() as installer:
        for part in parts:
            part.add(installer)

    assert "To add it, type: sudo apt-get install wrk\n" in capsys.readouterr().out


def test_named_browser_that_does_not_start_is_a_reason_to_skip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/browser")

    environment = system.browser_environment()

    assert environment["CHROMIUM"] == ""
    assert environment["NO_CHROMIUM"] == "CHROMIUM names /no/browser, which does not start."


def test_program_whose_package_starts_a_service_is_only_unpacked(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = checkout / "tools"
    tools.mkdir()
    for name, script in {
        "apt-get": 'test "$1" = download && touch "$3_1.0_all.deb"',
        "dpkg-deb": 'mkdir -p usr/bin && echo "#!/bin/sh" > usr/bin/tiny && chmod +x usr/bin/tiny',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setattr(system, "may_use_apt", lambda: True)
    monkeypatch.setattr(system, "UNPACKED", checkout / "var" / "unpacked")
    tiny = checkout / "var" / "unpacked" / "usr" / "bin" / "tiny"
    part = system.Unpacked("Tiny", ("tiny",), tiny.exists, "nothing is tiny.")

    with Checkout(checkout).installer() as installer:
        part.add(installer)

    assert system.starts([str(tiny)])


def test_named_proxy_that_does_not_start_is_a_reason_to_skip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CADDY", "/no/proxy")

    environment = system.proxy_environment()

    assert environment["CADDY"] == ""
    assert environment["NO_CADDY"] == "CADDY names /no/proxy, which does not start."
