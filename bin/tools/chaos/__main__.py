"""bin/chaos [--minutes N] [--seed S]: kills the parts of a portal in use, then counts everything.

Two web and two worker processes, PostgreSQL, Valkey and beat in a folder of their own; people send,
moderate, answer and ask for reports over HTTP. The last line has the numbers: `repeated` messages
came again and `errors` requests did not work; `unexcused` are those of them that no fault explains.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from bin.tools.chaos.disk import become_able_to_mount
from bin.tools.chaos.running import Run
from bin.tools.chaos.stack import Stack
from bin.tools.chaos.verdict import Verdict
from rkpd_portal.localstack.folder import Folder
from rkpd_portal.localstack.interruption import Interrupted, Interruption
from rkpd_portal.localstack.terminal import run_command, say

INTERRUPTED = 130  # the exit code of a command that Ctrl-C stopped


def main() -> int:
    """Run the chaos and give back 0 only if nothing was lost, doubled or left unsealed, and nothing
    broke but what was broken on purpose."""
    options = arguments().parse_args()
    become_able_to_mount(sys.argv[1:])
    os.umask(0o077)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    place = Folder.from_environment()
    path = Path(tempfile.mkdtemp(dir=place.part("chaos")))
    interruption = Interruption()
    interruption.listen()
    stack = Stack(Folder(path), interruption)
    is_clean = was_interrupted = False
    try:
        is_clean = play(Run(stack, seed), place, options.minutes)
    except Interrupted:
        was_interrupted = True
    finally:
        stack.stop()
        if not is_clean and not was_interrupted:
            say(f"What is left of it: {stack.keep_for_a_look()}")
        stack.disk.unmount()
        if is_clean or was_interrupted:
            shutil.rmtree(path, ignore_errors=True)
    return INTERRUPTED if was_interrupted else int(not is_clean)


def play(run: Run, place: Folder, minutes: float) -> bool:
    """From the start to the verdict. Raises Interrupted."""
    verdict = Verdict()
    say(f"bin/chaos --minutes {minutes:g} --seed {run.seed}")
    run.set_up(place)
    run.rage(minutes)
    run.settle(verdict)
    run.reconcile(verdict)
    return run.conclude(verdict)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="of faults (5)")
    parser.add_argument(
        "--seed", type=int, help="of the faults and the words; printed at the start"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
