"""bin/bench NAME: measures speed against a stack of its own and prints it on the last line.

read     published pages for an anonymous reader, over a constant page without middleware
submit   aspirations through the real form, over a plain form that inserts one row
scale    every list, search and desk page with a million aspirations, over ten thousand
page     bytes of a resident's first visit, over the goal
startup  seconds from bin/run to the first page, over the goal
mail     receipts by e-mail that two processes of the worker send, over those of one
crowd    the slowest answers to 1000 readers and 100 senders at once, over the goal
tests    seconds of bin/test, over the goal
all      each of them, one after the other
"""

import argparse
import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bin.tools.bench.crowd import crowd
from bin.tools.bench.figures import machine
from bin.tools.bench.mail import mail
from bin.tools.bench.page import page
from bin.tools.bench.read import read
from bin.tools.bench.scale import scale
from bin.tools.bench.startup import new_folder, startup
from bin.tools.bench.submit import submit
from bin.tools.bench.suite import suite
from rkpd_portal.localstack.child import die_with_parent
from rkpd_portal.localstack.folder import Folder, lock
from rkpd_portal.localstack.terminal import Problem, run_command, say

SIZE = 1_000_000
MINUTES = 10.0
BENCHES: dict[str, Callable[[Path], str]] = {
    "startup": startup,
    "page": page,
    "read": read,
    "submit": submit,
    "scale": partial(scale, size=SIZE),
    "mail": mail,
    "crowd": partial(crowd, minutes=MINUTES),
    "tests": suite,
}


def main() -> int:
    """Run the measurement that was named."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: in order
    options = arguments().parse_args()
    if options.name == "all":
        return run_all("--size", str(options.size), "--minutes", str(options.minutes))
    sized = {
        "scale": partial(scale, size=options.size),
        "crowd": partial(crowd, minutes=options.minutes),
    }
    bench = sized.get(options.name) or BENCHES[options.name]
    with only_one(), new_folder() as folder:
        say(machine())
        say(f"{options.name} {bench(folder)}")
    return 0


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two at once would measure each other. Raises Problem if there is another."""
    with lock(Folder.from_environment().part("bench") / "lock") as is_ours:
        if not is_ours:
            raise Problem("Another bin/bench runs from this folder: wait for it.", code=2)
        yield


def run_all(*options: str) -> int:
    """Each bench in a process of its own; their last lines once more at the end."""
    lines = []
    for name in BENCHES:
        say(f"\n=== {name}")
        lines.append(last_line_of([name, *options]))
    say("\n" + "\n".join(lines))
    return int(any("ratio=" not in line for line in lines))


def last_line_of(arguments_: list[str]) -> str:
    """Run one bench, showing what it says; its last line, or that it failed."""
    bench = subprocess.Popen(
        [sys.executable, "-m", "bin.tools.bench", *arguments_],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that Ctrl-C reaches it once, through us
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
    last = ""
    try:
        for line in bench.stdout or ():
            say(last := line.rstrip("\n"))
    except KeyboardInterrupt:
        bench.send_signal(signal.SIGTERM)
        raise
    finally:
        bench.wait()
    return f"{arguments_[0]} failed" if bench.returncode else last


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", choices=[*BENCHES, "all"], metavar="NAME", help="what to measure")
    parser.add_argument("--size", type=int, default=SIZE, help="aspirations of scale (1000000)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of crowd (10)")
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
