"""One run from its start to its verdict."""

import os
import random
import time
from collections import Counter
from datetime import datetime

from bin.tools.chaos.browser import Browser
from bin.tools.chaos.desk import Planner, Reporter
from bin.tools.chaos.faults import Faults
from bin.tools.chaos.ledger import Ledger
from bin.tools.chaos.people import Person
from bin.tools.chaos.residents import Resident, new_address
from bin.tools.chaos.stack import Stack, enter
from bin.tools.chaos.verdict import RECOVERY_SECONDS, Verdict, table
from bin.tools.chaos.watching import Watch
from rkpd_portal.localstack.folder import Folder
from rkpd_portal.localstack.terminal import say

RESIDENTS = 4
BETWEEN = (3.0, 5.0)  # seconds from one fault to the next
CALM = 3.0  # seconds before the first fault
TELL_EVERY = 10.0
LEFT = 60.0  # seconds beyond the promised recovery, to see how long it takes


class Run:
    """The stack, the people on it and what befalls them."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.stack, self.seed = stack, seed
        self.chance = random.Random(seed)  # noqa: S311 (a run that can be repeated is the point)
        self.ledger = Ledger()
        self.faults = Faults(stack, self.own_chance())
        self.watch = Watch(stack.ports, self.faults.made)
        self.people: list[Person] = []
        self.began = time.monotonic()

    def own_chance(self) -> random.Random:
        """Each thread has its own, so that none disturbs another's luck."""
        return random.Random(self.chance.random())  # noqa: S311

    def tell(self, text: str) -> None:
        say(f"{time.monotonic() - self.began:6.1f} s  {text}")

    # Before -------------------------------------------------------------------------------

    def set_up(self, place: Folder) -> None:
        self.tell("Starting PostgreSQL, Valkey and a disk for files")
        self.stack.start_servers(place)
        if not self.stack.disk.is_own:
            self.tell("No disk could be mounted here, so it is not filled and not counted.")
        enter(self.stack.environment())
        from bin.tools.chaos import scene

        self.tell("Preparing accounts and open consultations")
        consultations = scene.prepare(datetime.now().astimezone())
        accounts = scene.planners()
        self.tell("Starting two webs, the workers and beat")
        self.stack.start_portal([email for email, _password in accounts])
        slugs = [consultation.slug for consultation in consultations]
        self.invite(scene.places(consultations), slugs, accounts)

    def invite(self, places: list[str], slugs: list[str], accounts: list[tuple[str, str]]) -> None:
        """Residents, planners, and one who asks for reports."""
        for number in range(RESIDENTS):
            name, chance = f"resident {number + 1}", self.own_chance()
            seat = Resident(name, self.stack.ports, places, self.ledger, chance)
            self.people.append(seat)
        for account in accounts:
            chance = self.own_chance()
            self.people.append(Planner(account, self.browser(chance), self.ledger, chance))
        chance = self.own_chance()
        browser = self.browser(chance)
        self.people.append(Reporter(accounts[-1], browser, self.ledger, chance, slugs))
        for person in self.people:
            person.thread.start()
        self.stack.rest(CALM)

    def browser(self, chance: random.Random) -> Browser:
        return Browser(self.stack.ports, new_address(), chance)

    # The chaos ----------------------------------------------------------------------------

    def rage(self, minutes: float) -> None:
        """Fault after fault until the time is over."""
        self.watch.start()
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            if fault := self.faults.make_one():
                self.tell(f"{fault.kind}: {fault.effect}")
            self.pass_time(self.faults.chance.uniform(*BETWEEN))
        self.faults.heal_all()

    def pass_time(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.faults.look()
            self.stack.rest(0.1)

    # After --------------------------------------------------------------------------------

    def settle(self, verdict: Verdict) -> None:
        """Wait until everybody has what they came for and nothing waits in the database."""
        from bin.tools.chaos import settling

        last = time.monotonic()
        self.tell("No more faults: what is under way comes to its end")
        for person in self.people:
            person.leaving.set()
        open_ends, told = ["everything"], last
        while open_ends and time.monotonic() < last + RECOVERY_SECONDS + LEFT:
            self.stack.rest(0.3)
            open_ends = [*self.busy(), *settling.open_ends()]
            if open_ends and time.monotonic() > told + TELL_EVERY:
                self.tell(f"  {', '.join(open_ends)}")
                told = time.monotonic()
        verdict.recovery_seconds = time.monotonic() - last
        verdict.findings += [f"After {verdict.recovery_seconds:.0f} s: {one}" for one in open_ends]

    def busy(self) -> list[str]:
        people = [f"{one.name} is not done" for one in self.people if one.thread.is_alive()]
        faults = [f"no web works yet after {fault.kind}" for fault in self.watch.awaited()]
        return people + faults

    # What came of it ----------------------------------------------------------------------

    def reconcile(self, verdict: Verdict) -> None:
        from bin.tools.chaos import excuses, reconciling, reconciling_pages, reconciling_papers

        self.tell("Counting")
        ledger, chance = self.ledger, self.own_chance()
        reconciling.complaints(ledger, verdict)
        reconciling.aspirations(ledger, verdict)
        reconciling.decisions(ledger, verdict)
        reconciling.seals(ledger, verdict)
        reconciling.messages(self.stack.mail.received, verdict)
        excuses.judge(self.faults.made, self.stack.mail.repeats, ledger.broken, verdict)
        reconciling_papers.reports(ledger, verdict)
        reconciling_pages.statuses(self.stack.ports, ledger, chance, verdict)
        reconciling_pages.record({**os.environ, **self.stack.environment()}, verdict)

    def conclude(self, verdict: Verdict) -> bool:
        """Say everything, the numbers last. Whether it is as it must be."""
        faults, broken = self.faults.made, Counter(one.how for one in self.ledger.broken)
        self.tell(
            f"seed={self.seed} requests that did not work: "
            + ", ".join(f"{times} {how}" for how, times in broken.most_common())
        )
        for line in (*table(faults, self.ledger), *verdict.sentences()):
            say(line)
        say(verdict.line(faults, self.ledger))
        return verdict.is_clean(faults, self.ledger)
