"""The desk: planners who take up, decide, answer and note, and one who asks for reports."""

import random
import re
import time
from collections.abc import Callable

from bin.tools.chaos.browser import Browser, Form, Page, RequestBroke
from bin.tools.chaos.ledger import Decision, Ledger
from bin.tools.chaos.people import Person
from bin.tools.chaos.words import new_reason

CODE = re.compile(r'data-code="([A-Z0-9-]+)"')
LISTED = re.compile(r'id="report-([A-Z0-9-]+)" data-state="')
FAILED = re.compile(r'id="report-([A-Z0-9-]+)" data-state="failed"')
UNFINISHED = re.compile(r'data-state="(queued|compiling)"')
VIEWS = ("new", "in_review", "in_review", "unanswered", "unanswered")
DISPOSITIONS = ("accommodated", "noted", "already_covered", "partially_accommodated")
SIGN_IN, QUEUE, REPORTS = "/akun/login/", "/kelola/aspirasi/", "/kelola/laporan/"


class Officer(Person):
    """Somebody with an account, who signs in as everybody does."""

    def __init__(
        self,
        account: tuple[str, str],
        browser: Browser,
        ledger: Ledger,
        chance: random.Random,
    ) -> None:
        super().__init__(account[0], browser, ledger, chance)
        self.account = account

    def sign_in(self) -> None:
        self.insist("sign in", self.try_to_sign_in)

    def try_to_sign_in(self) -> bool | None:
        email, password = self.account
        form = self.browser.get(SIGN_IN).form(SIGN_IN)
        if form:
            self.browser.post(form, login=email, password=password, way="password")
        return True if self.browser.get(REPORTS).path == REPORTS else None

    def led_to(self, path: str, page: Page) -> bool:
        """Whether the answer led back to this page, which says that it is done."""
        return page.was_redirected and page.path == path


class Planner(Officer):
    """Opens one aspiration after the other and does the next thing with it."""

    def run(self) -> None:
        self.sign_in()
        while not self.leaving.is_set():
            try:
                self.work()
            except RequestBroke as broke:
                self.ledger.request_broke(broke)  # the next look shows what came of it
            self.rest(self.chance.uniform(0.1, 0.6))

    def work(self) -> None:
        codes = CODE.findall(self.browser.get(f"{QUEUE}?tampilan={self.chance.choice(VIEWS)}").text)
        if codes:
            code = self.chance.choice(codes)
            page = self.browser.get(f"{QUEUE}{code}/")
            self.next_step(page, code)(page, code)

    def next_step(self, page: Page, code: str) -> Callable[[Page, str], None]:
        """What the page offers to do next, seen by its forms."""
        if self.chance.random() < 0.1:
            return self.note
        if page.form(f"{code}/telaah/"):
            return self.start_review
        if page.form(f"{code}/loloskan/"):
            others = (self.return_, self.refuse, self.merge)
            return self.accept if self.chance.random() < 0.75 else self.chance.choice(others)
        is_unanswered = 'href="#answer"' in page.text
        return self.respond if is_unanswered and page.form(f"{code}/tanggapi/") else self.note

    def start_review(self, page: Page, code: str) -> None:
        self.decide(page.form(f"{code}/telaah/"), Decision(code, "review_started", ""))

    def accept(self, page: Page, code: str) -> None:
        self.decide(page.form(f"{code}/loloskan/"), Decision(code, "accepted", ""))

    def return_(self, page: Page, code: str) -> None:
        reason = new_reason(self.chance)
        form = page.form(f"{code}/kembalikan/")
        self.decide(form, Decision(code, "returned", reason), missing=reason)

    def refuse(self, page: Page, code: str) -> None:
        reason = new_reason(self.chance)
        form = page.form(f"{code}/tidak-loloskan/")
        self.decide(form, Decision(code, "refused", reason), refusal=reason)

    def respond(self, page: Page, code: str) -> None:
        reason = new_reason(self.chance)
        form = page.form(f"{code}/tanggapi/")
        disposition = self.chance.choice(DISPOSITIONS)
        told = Decision(code, "responded", reason)
        self.decide(form, told, disposition=disposition, reason=reason)

    def note(self, page: Page, code: str) -> None:
        words = new_reason(self.chance)
        self.decide(page.form(f"{code}/catatan/"), Decision(code, "noted", words), words=words)

    def merge(self, page: Page, code: str) -> None:
        """Join it to an accepted one: first look at that, then do it."""
        offered = CODE.findall(self.browser.get(f"{QUEUE}?tampilan=unanswered").text)
        form = page.form(f"{code}/gabungkan/")
        if not offered or form is None:
            return
        target = self.chance.choice(offered)
        shown = self.browser.post(form, into=target).form(f"{code}/gabungkan/")
        if shown and "into_shown" in shown.fields:
            self.decide(shown, Decision(code, "merged", target), confirmed="1")

    def decide(self, form: Form | None, decision: Decision, **typed: str) -> None:
        """Press the button. Only who is led back to the page was told that it is done."""
        if form and self.led_to(f"{QUEUE}{decision.code}/", self.browser.post(form, **typed)):
            self.ledger.decided(decision)


class Reporter(Officer):
    """Asks for reports now and then, and tries again what failed."""

    def __init__(
        self,
        account: tuple[str, str],
        browser: Browser,
        ledger: Ledger,
        chance: random.Random,
        slugs: list[str],
    ) -> None:
        super().__init__(account, browser, ledger, chance)
        self.slugs = slugs
        self.is_done = False  # asked to leave, and every report is ready

    def run(self) -> None:
        self.sign_in()
        while not self.is_done:
            try:
                self.look()
            except RequestBroke as broke:
                self.ledger.request_broke(broke)
            time.sleep(self.chance.uniform(1, 2))

    def look(self) -> None:
        page = self.browser.get(REPORTS)
        failed = FAILED.findall(page.text)
        for code in failed:
            if form := page.form(f"{code}/ulangi/"):
                self.browser.post(form)
        if not self.leaving.is_set():
            self.ask()
        elif not failed and not UNFINISHED.search(page.text):
            self.is_done = True

    def ask(self) -> None:
        if self.chance.random() > 0.25:
            return
        path = f"{REPORTS}susun/{self.chance.choice(self.slugs)}/"
        form = self.browser.get(path).form(path)
        if form and self.led_to(REPORTS, page := self.browser.post(form)):
            self.ledger.reports_promised(LISTED.findall(page.text))
