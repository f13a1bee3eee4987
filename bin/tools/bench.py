"""bin/bench NAME: measures one number against a stack of its own and prints it on the last line."""

import argparse
import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rkpd_portal.localstack.child import die_with_parent
from rkpd_portal.localstack.folder import CHECKOUT, Folder
from rkpd_portal.localstack.ports import HOST, free_port
from rkpd_portal.localstack.terminal import Problem, run_command, say

PAGE_GOAL = 60_000  # bytes of a resident's first visit
STARTUP_GOAL = 10.0  # seconds to the first page
READY_SECONDS = 300.0
CONSULTATION = re.compile(r"/konsultasi/[\w-]+/$")
CHAPTER = re.compile(r"/konsultasi/[\w-]+/bab/\d+/$")


def main() -> int:
    """Run the measurement that was named."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES), help="what to measure")
    name = parser.parse_args().name
    with new_folder() as folder:
        say(f"{name} {BENCHES[name](folder)}")
    return 0


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A VAR_DIR of its own, so that nothing of the person's stack is touched."""
    place = Folder.from_environment().part("bench")
    path = Path(tempfile.mkdtemp(dir=place))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Stack:
    """bin/run on a free port and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        self.output = folder / "output.txt"
        # Empty rather than absent: what is absent would be read from .env.
        own_servers = {"DATABASE_URL": "", "REDIS_URL": "", "PORTAL_MODE": "local"}
        environment = {**os.environ, **own_servers, "VAR_DIR": str(folder)}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [CHECKOUT / "bin" / "run", "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds. Raises Problem when the stack ended before."""
        end = time.monotonic() + READY_SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Problem(f"The portal did not start:\n{self.output.read_text()}")
            time.sleep(0.02)

    def is_ready(self) -> bool:
        return "Ready: " in self.output.read_text()

    def answers(self) -> bool:
        """Whether the home page is there."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


@contextlib.contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """A stack from its start to its end."""
    running = Stack(folder)
    try:
        yield running
    finally:
        running.stop()


# startup ----------------------------------------------------------------------------------


def startup(folder: Path) -> str:
    """Seconds from typing bin/run the second time to the first page, over the goal."""
    with stack(folder) as first:
        say("First start, which loads the demonstration ...")
        first.wait_for(first.is_ready)
    say("Second start ...")
    began = time.monotonic()
    with stack(folder) as second:
        second.wait_for(second.answers)
        seconds = time.monotonic() - began
        second.wait_for(second.is_ready)
    return f"ratio={seconds / STARTUP_GOAL:.2f} seconds={seconds:.1f}"


# page -------------------------------------------------------------------------------------


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


BENCHES: dict[str, Callable[[Path], str]] = {"page": page, "startup": startup}

if __name__ == "__main__":
    sys.exit(run_command(main))
