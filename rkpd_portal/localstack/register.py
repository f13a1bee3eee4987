"""Which processes belong to a stack, written down so that the next start can stop what is left."""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.folder import write_private

MARK = "RKPD_PORTAL_STACK"  # in the environment of every process that a stack started
TOLERANCE = 2.0  # seconds; a changed clock moves the start times that the kernel reports
PATIENCE = 5.0  # seconds for a left process to end; the kernel had asked it before


class Register:
    """The file with the address, the mark and the processes of the stack in this folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, *, address: str, mark: str, children: Iterable[Child]) -> None:
        """Note the processes that carry the mark and run now."""
        marked = (child for child in children if MARK in child.environment)
        pids = [child.pid for child in marked if child.is_running()]
        started = {str(pid): psutil.Process(pid).create_time() for pid in pids}
        content = {
            "address": address,
            "pid": os.getpid(),
            "mark": mark,
            "started": started,
        }
        write_private(self.path, json.dumps(content))

    def read(self) -> dict[str, Any]:
        """What the last stack wrote; empty when there was none or it cannot be read."""
        with contextlib.suppress(OSError, ValueError):
            content = json.loads(self.path.read_text())
            return content if isinstance(content, dict) else {}
        return {}

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def left_processes(self) -> list[psutil.Process]:
        """The processes of the noted stack that still run; never anybody else's."""
        content = self.read()
        if not content:
            return []
        return [process for process in psutil.process_iter() if belongs(process, content)]

    def stop_left_processes(self) -> int:
        """Stop them, asking first; how many there were."""
        processes = self.left_processes()
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, stubborn = psutil.wait_procs(processes, timeout=PATIENCE)
        for process in stubborn:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(stubborn, timeout=5)
        self.clear()
        return len(processes)


def belongs(process: psutil.Process, content: dict[str, Any]) -> bool:
    """Whether a process carries the stack's mark or is one that it noted."""
    try:
        noted = content["started"].get(str(process.pid))
        if noted is not None and abs(process.create_time() - noted) < TOLERANCE:
            return True
        return process.pid != os.getpid() and process.environ().get(MARK) == content["mark"]
    except (psutil.Error, OSError):
        return False
