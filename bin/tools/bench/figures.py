"""Medians, their spread, the CPU that processes took, and the machine on which all that was."""

import contextlib
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import psutil

from rkpd_portal.localstack.portal import web_processes

ROUNDS = 5  # short ones: what else the machine does then hits all sides alike


def median(figures: Sequence[float]) -> float:
    return statistics.median(figures)


def spread(figures: Sequence[float]) -> float:
    """From the smallest to the largest, as a part of the median."""
    middle = statistics.median(figures)
    return (max(figures) - min(figures)) / middle if middle else 0.0


def in_words(figures: Sequence[float], digits: int = 1) -> str:
    """The median with its spread: `12.3 ±4 %` lies within 4 % of what was found around it."""
    return f"{median(figures):,.{digits}f} ±{spread(figures) / 2:.0%}"


def cpu_seconds(pid: int) -> float:
    """What a process and those that it started have worked so far, in user and system mode, those
    that ended meanwhile included."""
    process = psutil.Process(pid)
    times = []
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times.append(each.cpu_times())
    return sum(
        each.user + each.system + each.children_user + each.children_system for each in times
    )


def memory_of(pid: int) -> list[float]:
    """MB of a process and of those that it started, the largest first: proportional set sizes,
    where what several processes share is divided among them. Linux only."""
    process = psutil.Process(pid)
    sizes = []
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            sizes.append(each.memory_full_info().pss / 1e6)
    return sorted(sizes, reverse=True)


def machine() -> str:
    """The line with which every bench begins."""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores ({processor()}),"
        f" {memory:.0f} GB, Python {platform.python_version()}, load {load:.1f} before it began,"
        f" web processes: {web_processes()}"
    )


def processor() -> str:
    """What Linux calls the processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
