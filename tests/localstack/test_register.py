"""Leftovers are recognised by what only our processes have; nobody else's are touched."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from rkpd_portal.localstack.child import Child, Stop
from rkpd_portal.localstack.register import MARK, Register

SLEEP = [sys.executable, "-c", "import time; time.sleep(300)"]


@pytest.fixture
def stranger() -> Iterator[psutil.Popen]:
    process = psutil.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child("sleeper", SLEEP, tmp_path / "log", (Stop(signal.SIGTERM, 5),), {MARK: "ours"})
    child.start()
    yield child
    child.stop()


def test_noted_and_marked_processes_are_stopped(
    tmp_path: Path, child: Child, stranger: psutil.Popen
) -> None:
    helper = subprocess.Popen(SLEEP, env={**os.environ, MARK: "ours"})
    register = Register(tmp_path / "processes.json")
    register.write(address="http://127.0.0.1:1", mark="ours", children=[child])

    left = {process.pid for process in register.left_processes()}
    count = register.stop_left_processes()

    assert left == {child.pid, helper.pid}
    assert count == 2
    assert not psutil.pid_exists(helper.pid)
    helper.wait(5)
    assert not child.is_running()
    assert stranger.is_running()
    assert not register.path.exists()


def test_pid_that_now_belongs_to_a_stranger_is_left_alone(
    tmp_path: Path, stranger: psutil.Popen
) -> None:
    register = Register(tmp_path / "processes.json")
    started = {str(stranger.pid): stranger.create_time() - 3600}
    register.path.write_text(json.dumps({"mark": "ours", "started": started}))

    assert register.stop_left_processes() == 0
    assert stranger.is_running()


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_unreadable_register_counts_as_none(tmp_path: Path, content: str) -> None:
    register = Register(tmp_path / "processes.json")
    register.path.write_text(content)

    assert register.stop_left_processes() == 0
