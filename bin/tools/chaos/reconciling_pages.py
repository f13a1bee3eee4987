"""After the chaos: what the portal's own pages and its own check say."""

import random
import subprocess
import sys

from bin.tools.chaos.browser import Browser, RequestBroke
from bin.tools.chaos.ledger import Ledger, Receipt
from bin.tools.chaos.residents import new_address
from bin.tools.chaos.verdict import Verdict
from rkpd_portal.localstack.folder import CHECKOUT

SAMPLE = 12
LOOKUP = "/aspirasi/cek/"


def statuses(ports: list[int], ledger: Ledger, chance: random.Random, verdict: Verdict) -> None:
    """With code and PIN some residents read their own words on the status page."""
    for receipt in chance.sample(ledger.receipts, min(SAMPLE, len(ledger.receipts))):
        browser = Browser(ports, new_address(), chance)
        try:
            verdict.lost += missing_on_status(browser, receipt)
        except RequestBroke as broke:
            verdict.findings.append(f"{receipt.code}: its status page does not open: {broke}")


def missing_on_status(browser: Browser, receipt: Receipt) -> list[str]:
    form = browser.get(LOOKUP).form(LOOKUP)
    if form is None:
        return [f"{receipt.code}: nobody asks for its number"]
    page = browser.post(form, code=receipt.code, pin=receipt.pin)
    if not page.path.endswith(f"/status/{receipt.code}/"):
        return [f"{receipt.code}: its number and its PIN open nothing"]
    words = receipt.words.items()
    return [
        f"{receipt.code}: its page lacks the {name}" for name, text in words if not page.says(text)
    ]


def record(environment: dict[str, str], verdict: Verdict) -> None:
    """manage.py check_record, as an operator calls it."""
    command = [sys.executable, "manage.py", "check_record"]
    done = subprocess.run(
        command, check=False, cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        verdict.findings += [line for line in (done.stdout + done.stderr).splitlines() if line]
