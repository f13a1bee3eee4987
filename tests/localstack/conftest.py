"""Real stacks: the supervisor as a process, in a folder and on a port of its own."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bin.tools.testing import copy_static_files
from tests.localstack.runs import Run


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stack that was started once and stopped: later starts are quicker."""
    folder = tmp_path_factory.mktemp("template") / "var"
    folder.mkdir()
    copy_static_files(Path(os.environ["VAR_DIR"]), folder)
    first = Run(folder)
    try:
        assert first.wait_until_ready().end(signal.SIGTERM) == 0
    finally:
        first.clear_away()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A folder with a database that is up to date."""
    return Path(shutil.copytree(template, tmp_path / "var"))


@pytest.fixture
def run() -> Iterator[Callable[..., Run]]:
    """Start stacks; whatever is left of them is gone after the test."""
    runs: list[Run] = []

    def start(folder: Path, **settings: object) -> Run:
        runs.append(Run(folder, **settings))  # type: ignore[arg-type]
        return runs[-1]

    try:
        yield start
    finally:
        for each in runs:
            each.clear_away()
