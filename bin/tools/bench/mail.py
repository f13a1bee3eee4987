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
# The demonstration has messages of its own, for which no clock runs here.
OURS = "FROM aspirations_delivery WHERE address LIKE 'warga%@contoh.example'"
WAITING = f"SELECT count(*) {OURS} AND ended_at IS NULL"
OTHERS = f"SELECT outcome, count(*) {OURS} AND outcome <> 'sent' GROUP BY outcome"
LOOK_EVERY, PATIENCE = 0.1, 120.0


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
        require_all_sent(stack)
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
    """The messages that ended between the first look at which one had and the last; the seconds
    from one to the other, and the CPU that they took."""
    with stack.database() as database:

        def waiting() -> int:
            row = database.execute(WAITING).fetchone()
            return int(row[0]) if row else 0

        many = waiting()
        stack.launch(child, lambda: waiting() < many)
        left, began, worked = waiting(), time.monotonic(), cpu_seconds(child.pid)
        while waiting():
            if time.monotonic() - began > PATIENCE:
                raise Problem(f"Messages still wait:\n{child.log.read_text(errors='replace')}")
            time.sleep(LOOK_EVERY)
    seconds, worked = time.monotonic() - began, cpu_seconds(child.pid) - worked
    child.stop()
    stack.children.remove(child)
    if not left:
        raise Problem(f"All of the {many} messages were sent before the first look: send more.")
    return left, seconds, worked


def require_all_sent(stack: Stack) -> None:
    """Given up, withheld or refused would have been quicker."""
    with stack.database() as database:
        others = database.execute(OTHERS).fetchall()
    if others:
        raise Problem(f"Not every message was sent: {others}")
