"""Residents: write, check, send, and press the same button again until they hold a receipt."""

import random
import re
import threading
import time
from itertools import count

from bin.tools.chaos.browser import Browser, Form, Page, RequestBroke
from bin.tools.chaos.ledger import Ledger, Receipt
from bin.tools.chaos.people import Person
from bin.tools.chaos.words import new_words

CODE = re.compile(r'id="receipt-code"[^>]*>\s*([A-Z0-9-]+)\s*<')
PIN = re.compile(r'id="receipt-pin"[^>]*>\s*(\d{6})\s*<')
READING = 2.3  # seconds from the form to the sending; quicker is taken for a machine
DOUBLE_TAPS = 0.15  # of them press twice at the same moment
LATE_TAPS = 0.1  # of those who have a receipt press once more
FURTHER = ("suggested_wording", "rationale")
numbers = count(1)


def new_address() -> str:
    """An address of its own for each resident, as seen behind the proxy."""
    number = next(numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Resident(Person):
    """One seat at which one resident after the other sends an aspiration."""

    def __init__(
        self, name: str, ports: list[int], places: list[str], ledger: Ledger, chance: random.Random
    ) -> None:
        super().__init__(name, Browser(ports, new_address(), chance), ledger, chance)
        self.ports, self.places = ports, places
        self.shown: list[tuple[str, str] | None] = []  # what the taps too many led to

    def run(self) -> None:
        while not self.leaving.is_set():
            self.browser = Browser(self.ports, new_address(), self.chance)
            self.send_one(self.chance.choice(self.places))
            self.rest(self.chance.uniform(0.1, 1.5))

    def send_one(self, place: str) -> None:
        form = self.insist("open the form", lambda: self.browser.get(place).form(place))
        opened = time.monotonic()
        words, self.shown = self.words(), []
        address = f"warga.{next(numbers)}@contoh.id"
        answers = self.answers(form) | words | {"contact_email": address}
        check = self.insist("check the words", lambda: self.check(form, answers))
        time.sleep(max(0.0, opened + READING - time.monotonic()))
        twin = self.press_beside(check) if self.chance.random() < DOUBLE_TAPS else None
        began, code, pin = self.insist("get a receipt", lambda: self.send(check))
        self.ledger.received(Receipt(code, pin, words, address), began, time.monotonic())
        if twin:
            twin.join()
        if self.chance.random() < LATE_TAPS:
            self.shown.append(self.try_once(self.browser, check))
        for again in filter(None, self.shown):
            if again != (code, pin):
                self.ledger.complain(f"duplicated: {code} became {again[0]} when sent again")

    def words(self) -> dict[str, str]:
        more = (name for name in FURTHER if self.chance.random() < 0.3)
        return {"body": new_words(self.chance), **{name: new_words(self.chance) for name in more}}

    def answers(self, form: Form) -> dict[str, str]:
        """Everything but the words."""
        consents = dict.fromkeys(("consent_publish", "show_name"), "on")
        return {
            "kind": self.chance.choice(form.choices["kind"]),
            "regency": self.chance.choice(form.choices["regency"]),
            "stakeholder_group": self.chance.choice(["resident", "youth", "customary"]),
            "display_name": self.chance.choice(
                ["Rina Lestari", "Ñuri d'Êtang", "Pak “Ujang” & Co"]
            ),
            "privacy": "on",
            "step": "check",
            **(consents if self.chance.random() < 0.8 else {}),
        }

    def check(self, form: Form, answers: dict[str, str]) -> Form | None:
        """The page that shows everything once more; its form holds it all."""
        page = self.browser.post(form, **answers)
        found = page.form(form.action)
        return found if found and 'value="send"' in page.text else None

    def send(self, form: Form) -> tuple[float, str, str] | None:
        """When it was tried, the code and the PIN, once the receipt is on the screen."""
        began = time.monotonic()
        found = receipt_on(self.browser.post(form, step="send"))
        return (began, *found) if found else None

    def press_beside(self, form: Form) -> threading.Thread:
        """Send the same form from a second connection at the same moment."""
        twin = self.browser.twin()
        thread = threading.Thread(
            target=lambda: self.shown.append(self.try_once(twin, form)), daemon=True
        )
        thread.start()
        return thread

    def try_once(self, browser: Browser, form: Form) -> tuple[str, str] | None:
        """A tap too many, on which nobody insists; but it must show the same receipt."""
        try:
            return receipt_on(browser.post(form, step="send"))
        except RequestBroke as broke:
            self.ledger.request_broke(broke)
            return None


def receipt_on(page: Page) -> tuple[str, str] | None:
    """Code and PIN, if the page shows them."""
    code, pin = CODE.search(page.text), PIN.search(page.text)
    return (code[1], pin[1]) if code and pin else None
