"""The bytes of a resident's first visit, everything counted, as Chromium sees them come."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bin.tools.bench.startup import stack
from rkpd_portal.localstack.terminal import Problem, say

PAGE_GOAL = 60_000  # bytes of a resident's first visit
CONSULTATION = re.compile(r"/konsultasi/[\w-]+/$")
CHAPTER = re.compile(r"/konsultasi/[\w-]+/bab/\d+/$")


@dataclass
class Traffic:
    """What came over the line, as Chromium's network log tells it: headers and compressed body."""

    kinds: dict[str, str] = field(default_factory=dict)  # of each request
    sizes: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def answered(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]
        self.addresses[event["requestId"]] = event["response"]["url"]

    def finished(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:  # nothing came over the line for what was in the cache
            self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def total(self, kind: str | None = None) -> int:
        """Bytes of all requests, or of one kind."""
        wanted = (key for key in self.sizes if kind in (None, self.kinds.get(key)))
        return sum(self.sizes[key] for key in wanted)

    def lines(self) -> list[str]:
        order = sorted(self.sizes, key=lambda key: -self.sizes[key])
        return [
            f"{self.sizes[key]:>8} bytes  {self.kinds.get(key, '?'):<10} {self.addresses.get(key)}"
            for key in order
        ]


def page(folder: Path) -> str:
    """Bytes and requests of a resident's first visit: the home page, then a chapter."""
    with stack(folder) as portal:
        say("Starting a portal with the demonstration ...")
        portal.wait_for(portal.is_ready)
        traffic = visit(portal.address)
    for line in traffic.lines():
        say(line)
    total, scripts = traffic.total(), traffic.total("Script")
    return (
        f"ratio={total / PAGE_GOAL:.2f} kilobytes={total / 1000:.1f} "
        f"requests={len(traffic.sizes)} javascript_kilobytes={scripts / 1000:.1f}"
    )


def visit(address: str) -> Traffic:
    """Go from the home page to a chapter in a fresh browser of a phone's size."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM")
    if not executable:
        raise Problem(os.environ.get("NO_CHROMIUM", "CHROMIUM does not name a browser."))
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    traffic = Traffic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=options)
        tab = browser.new_page(viewport={"width": 360, "height": 740})
        log = tab.context.new_cdp_session(tab)
        log.on("Network.responseReceived", traffic.answered)
        log.on("Network.loadingFinished", traffic.finished)
        log.send("Network.enable")
        tab.goto(address, wait_until="networkidle")
        open_chapter(tab)
        browser.close()
    return traffic


def open_chapter(tab: Any) -> None:
    """Follow links as a resident does: to a chapter, through its consultation if need be."""
    chapter = first_link(tab, CHAPTER)
    if not chapter and (consultation := first_link(tab, CONSULTATION)):
        tab.goto(consultation, wait_until="networkidle")
        chapter = first_link(tab, CHAPTER)
    if not chapter:
        raise Problem(f"No link leads to a chapter from {tab.url}.")
    tab.goto(chapter, wait_until="networkidle")


def first_link(tab: Any, pattern: re.Pattern[str]) -> str:
    """The first link of the page whose address matches; empty when there is none."""
    script = "links => links.map(link => link.href)"
    found: list[str] = tab.eval_on_selector_all("a[href]", script)
    return next((link for link in found if pattern.search(link)), "")
