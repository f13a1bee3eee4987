"""The seconds of bin/test, over the goal."""

import signal
import subprocess
import time
from pathlib import Path

from rkpd_portal.localstack.child import die_with_parent
from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.terminal import Problem

TESTS_GOAL = 600.0  # seconds


def suite(_folder: Path) -> str:
    """Run all tests once; a run that fails measures nothing."""
    began = time.monotonic()
    tests = subprocess.Popen(
        [CHECKOUT / "bin" / "test"],
        start_new_session=True,  # so that Ctrl-C reaches it once, through us
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
    try:
        code = tests.wait()
    except KeyboardInterrupt:
        tests.send_signal(signal.SIGTERM)
        tests.wait()
        raise
    seconds = time.monotonic() - began
    if code:
        raise Problem("A test failed, so the time says nothing: see above.")
    return f"ratio={seconds / TESTS_GOAL:.2f} seconds={seconds:.0f}"
