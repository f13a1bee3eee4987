"""Set this checkout up, then start one of its commands: every command in bin/ comes through here.

Standard library only, because nothing else is installed yet. Doing it twice does nothing twice.
"""

import errno
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bin.setup.checkout import Checkout  # noqa: E402 (found at the root only)
from bin.setup.commands import COMMANDS  # noqa: E402
from bin.setup.installer import Problem, say  # noqa: E402


def main(name: str, arguments: list[str]) -> NoReturn:
    """Make the checkout ready for one command and become that command."""
    keep_standard_files_open()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also when started with &
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    command = COMMANDS[name]
    checkout = Checkout(ROOT)
    try:
        checkout.set_up(command)
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        say("\nStopped while setting up; the next start does it anew.")
        sys.exit(130)
    except OSError as error:
        sys.exit(sentence_for(error))
    checkout.become(command, arguments)


def keep_standard_files_open() -> None:
    """With stdin closed (bin/run <&-) the next file we open would become descriptor 0."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def sentence_for(error: OSError) -> str:
    """What to do about an error of the file system."""
    if error.errno == errno.ENOSPC:
        return f"The disk is full: make room for about 1 GB in {ROOT} and try again."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return (
            f"This user may not write to {error.filename}: "
            f"run the command as the owner of {ROOT}, or clone the project to a folder of your own."
        )
    return f"The checkout could not be set up: {error}."


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
