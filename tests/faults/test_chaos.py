"""bin/chaos for one minute: whatever is killed, nothing is lost, doubled or left unsealed."""

import re
import subprocess
import sys

import pytest

from rkpd_portal.localstack.folder import CHECKOUT

pytestmark = [pytest.mark.processes, pytest.mark.slow]
PATIENCE = 400  # seconds on a busy machine; two minutes and a half otherwise
LAST_LINE = re.compile(
    r"chaos faults=(\d+) receipts=(\d+) decisions=(\d+) messages=(\d+) reports=(\d+) "
    r"repeated=(\d+) errors=(\d+) lost=0 duplicated=0 unsealed=0 "
    r"unexcused_repeats=0 unexcused_errors=0 findings=0 recovery_seconds=(\d+)"
)


def test_a_minute_of_chaos_loses_nothing() -> None:
    command = [sys.executable, "-m", "bin.tools.chaos", "--minutes", "1"]

    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    numbers = LAST_LINE.fullmatch(done.stdout.splitlines()[-1])
    assert numbers, said
    faults, *_amounts, recovery = map(int, numbers.groups())
    assert faults >= 10
    assert recovery <= 120
