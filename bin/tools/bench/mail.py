"""Receipts by e-mail: how many one process of the worker sends in a second, and how many two do.

The messages are written to files, as `bin/run` does; a mail server adds waiting, but little work.
"""

import time
from dataclasses import replace
from pathlib import Path

from bin.tools.bench.figures import cpu_seconds, in_words, median
from bin.tools.bench.kept import copy_of
from bin.tools.bench.load import send
from bin.tools.bench.stack import Stack, running
from bin.tools.bench.submit import Sender, form_of
from rkpd_portal.localstack import portal
from rkpd_portal.localstack.child import Child
from rkpd_portal.localstack.terminal import Problem, say

ROUNDS = 3
PROCESSES = (1, 2)
PREPARED, SECONDS = 600, 3.0  # forms, and how long they are sent at most
WAITING = "SELECT count(*) FROM aspirations_delivery WHERE ended_at IS NULL"
LOOK_EVERY, PATIENCE = 0.02, 120.0


def mail(folder: Path) -> str:
    """Fill the queue, start a worker, and wait until it is empty: with one process and with two."""
    rates: dict[int, list[float]] = {number: [] for number in PROCESSES}
    work: list[float] = []
    with running(copy_of(0, folder / "stack")) as stack:
        web = stack.portal()
        sender = Sender(web, form_of(web))
        for number in range(ROUNDS):
            say(f"Round {number + 1} of {ROUNDS} ...")
            for processes in PROCESSES:
                send(web, [sender.filled_in(reply=True) for _ in range(PREPARED)], SECONDS)
                messages, seconds, cpu = sent_by(stack, worker(stack, processes))
                rates[processes].append(messages / seconds)
                work.append(1000 * cpu / messages)
    for processes, figures in rates.items():
        say(f"worker of {processes}: {in_words(figures)} messages/s")
    say(f"CPU of a message {in_words(work, 2)} ms")
    one, two = (median(rates[processes]) for processes in PROCESSES)
    return (
        f"ratio={two / one:.2f} messages_per_second={one:.0f}..{two:.0f} cpu_ms={median(work):.1f}"
    )


def worker(stack: Stack, processes: int) -> Child:
    """The worker for all that is quick, with so many processes at a time."""
    child = portal.worker(stack.folder, stack.environment())
    command = list(child.command)
    command[command.index("-c") + 1] = str(processes)
    return replace(child, command=command)


def sent_by(stack: Stack, child: Child) -> tuple[int, float, float]:
    """How many waited, the seconds from the first to the last of them, and the CPU of those."""
    waiting = count_waiting(stack)
    stack.launch(child, lambda: count_waiting(stack) < waiting)
    waiting, began, worked = count_waiting(stack), time.monotonic(), cpu_seconds(child.pid)
    while left := count_waiting(stack):
        if time.monotonic() - began > PATIENCE:
            raise Problem(f"{left} messages still wait:\n{child.log.read_text(errors='replace')}")
        time.sleep(LOOK_EVERY)
    seconds, worked = time.monotonic() - began, cpu_seconds(child.pid) - worked
    child.stop()
    stack.children.remove(child)
    return waiting, seconds, worked


def count_waiting(stack: Stack) -> int:
    with stack.database() as database:
        row = database.execute(WAITING).fetchone()
        return int(row[0]) if row else 0
