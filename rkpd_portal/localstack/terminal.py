"""What a person at the terminal reads, and the errors that are a sentence for them."""

import errno
import os
import sys
from collections.abc import Callable


class Problem(Exception):
    """A sentence that says what is wrong and what to do; ``code`` is the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def say(text: str = "") -> None:
    """Print a line. A reader who went away (bin/run | head) is no reason to stop."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (it replaces stdout for good)


def run_command(work: Callable[[], int]) -> int:
    """Do a command's work; what goes wrong becomes one sentence and an exit code."""
    try:
        return work()
    except Problem as problem:
        print(problem, file=sys.stderr, flush=True)
        return problem.code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if not (sentence := sentence_for(error)):
            raise
        print(sentence, file=sys.stderr, flush=True)
        return 1


def sentence_for(error: OSError) -> str:
    """What to do about an error of the file system; empty for any other."""
    if error.errno == errno.ENOSPC:
        return "The disk is full: make room and start again. Nothing that was saved is lost."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"This user may not use {error.filename}: start as the user who owns it, "
            "or set VAR_DIR to a folder of your own."
        )
    return ""
