"""What is stored is whole or not there: a killed writer, a disk without room, a taken name."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile

from rkpd_portal.storage import ABANDONED_AFTER, UNFINISHED
from tests import processes

HALF, WHOLE = 100_000, 200_000
# Stores a file under the portal's own settings, and waits for a word when half of it is written.
WRITER = f"""
import resource, sys, django
django.setup()
from django.core.files.base import File
from django.core.files.storage import default_storage

class Slow(File):
    def chunks(self, chunk_size=None):
        yield b"a" * {HALF}
        print("half", flush=True)
        sys.stdin.readline()
        yield b"a" * {HALF}

if sys.argv[1:]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
try:
    print(default_storage.save("reports/a.pdf", Slow(None)))
except OSError as error:
    print(error.strerror)
"""


def writer(folder: Path, *limit: str) -> subprocess.Popen[str]:
    """A process that has stored one half of `reports/a.pdf`."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, *limit],
        cwd=processes.ROOT,
        env=processes.environment(
            VAR_DIR=str(folder), DJANGO_SETTINGS_MODULE="rkpd_portal.settings"
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "half\n"
    return process


def finish(process: subprocess.Popen[str]) -> str:
    """Let it write the other half; what it says at the end."""
    said, _errors = process.communicate("go on\n", timeout=processes.PATIENCE)
    return said.strip()


def files_under(folder: Path) -> list[str]:
    """Everything that lies there, unfinished files without their random names."""
    return sorted(
        f"{UNFINISHED}/" if path.parent.name == UNFINISHED else str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_file_appears_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    process = writer(tmp_path)

    under_way = files_under(tmp_path / "media")
    name = finish(process)

    assert under_way == [f"{UNFINISHED}/"]
    assert name == "reports/a.pdf"
    assert files_under(tmp_path / "media") == [name]
    assert default_storage.size(name) == WHOLE


def test_killed_writer_leaves_no_file_under_the_name(tmp_path: Path) -> None:
    process = writer(tmp_path)

    process.kill()
    process.communicate(timeout=processes.PATIENCE)

    assert process.returncode == -signal.SIGKILL
    assert not default_storage.exists("reports/a.pdf")
    assert default_storage.save("reports/a.pdf", ContentFile(b"whole")) == "reports/a.pdf"


def test_writer_that_finds_no_room_leaves_nothing(tmp_path: Path) -> None:
    process = writer(tmp_path, str(HALF + 1000))

    said = finish(process)

    assert said == "File too large"
    assert files_under(tmp_path / "media") == []


def test_what_a_killed_writer_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    process = writer(tmp_path)
    process.kill()
    process.communicate(timeout=processes.PATIENCE)
    (left,) = (tmp_path / "media" / UNFINISHED).iterdir()

    default_storage.save("early.txt", ContentFile(b"x"))
    early = left.exists()
    long_ago = time.time() - ABANDONED_AFTER - 1
    os.utime(left, (long_ago, long_ago))
    default_storage.save("late.txt", ContentFile(b"x"))

    assert early  # it might have been a slow writer's
    assert not left.exists()


class Overtaken(ContentFile):
    """While it is written, another writer takes its name."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        default_storage.save("a.txt", ContentFile(b"quick"))
        yield from super().chunks(chunk_size)


def test_a_taken_name_is_never_replaced() -> None:
    slow = default_storage.save("a.txt", Overtaken(b"slow"))

    assert slow != "a.txt"
    assert (read("a.txt"), read(slow)) == (b"quick", b"slow")


def test_a_taken_name_never_grows_beyond_what_the_column_holds() -> None:
    first = default_storage.save("laporan.txt", ContentFile(b"1"), max_length=15)
    second = default_storage.save("laporan.txt", ContentFile(b"2"), max_length=15)

    assert first == "laporan.txt"
    assert len(second) <= 15
    assert read(second) == b"2"


def test_an_upload_that_lies_in_a_file_is_stored_too() -> None:
    with TemporaryUploadedFile("a.pdf", "application/pdf", 4, None) as upload:
        upload.write(b"scan")
        upload.flush()
        name = default_storage.save("scans/a.pdf", upload)

    assert (name, read(name)) == ("scans/a.pdf", b"scan")


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt"])
def test_nothing_is_stored_outside_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save(name, ContentFile(b"x"))

    assert files_under(tmp_path) == []


def read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())
