"""Published pages for an anonymous reader, over a constant page of 15 KB without middleware."""

from pathlib import Path

from bin.tools.bench import load
from bin.tools.bench.discovery import Reader, new_browser
from bin.tools.bench.figures import ROUNDS, in_words, median
from bin.tools.bench.kept import copy_of
from bin.tools.bench.load import Load
from bin.tools.bench.stack import Web, running
from rkpd_portal.localstack.terminal import say

SECONDS = 2.0  # of each measurement
ENCODINGS = {"gzip": "gzip", "plain": ""}
Key = tuple[str, str]  # page, encoding
Pair = tuple[Load, Load]  # the portal's, and the floor's just before


def read(folder: Path) -> str:
    """Ask the portal and its floor in turn; the page that is worst beside its floor counts."""
    with running(copy_of(0, folder / "stack")) as stack:
        portal, floor = stack.portal(), stack.floor("floor", FLOOR_IS_BARE="1")
        pages = Reader(new_browser(portal.port)).way()
        found: dict[Key, list[Pair]] = {}
        for number in range(ROUNDS):
            say(f"Round {number + 1} of {ROUNDS} ...")
            for key, pair in one_round(portal, floor, pages).items():
                found.setdefault(key, []).append(pair)
    return summary(found)


def one_round(portal: Web, floor: Web, pages: dict[str, str]) -> dict[Key, Pair]:
    pairs = {}
    for encoding, header in ENCODINGS.items():
        for name, path in pages.items():
            below = load.ask(floor, "/", SECONDS, encoding=header)
            pairs[name, encoding] = (load.ask(portal, path, SECONDS, encoding=header), below)
    return pairs


def summary(found: dict[Key, list[Pair]]) -> str:
    """A line for each page, and the last line of the bench."""
    say(
        f"\n{load.CONNECTIONS} connections, {SECONDS:.0f} s each; ± is half the range of the rounds"
    )
    lines = {}
    for (name, encoding), pairs in found.items():
        above, below = [one for one, _ in pairs], [other for _, other in pairs]
        ratio, cpu = load.over(above, below), median(load.cpu_over(above, below))
        say(
            f"{name:<13} {encoding:<6} {figures_of(above)}   floor {figures_of(below)}"
            f"   ratio {in_words(ratio, 3)}, of CPU {cpu:.3f}"
        )
        rate = median([one.rate for one in above])
        lines[median(ratio)] = (
            f"ratio={median(ratio):.3f} cpu_ratio={cpu:.3f} page={name} encoding={encoding}"
            f" requests_per_second={rate:.0f}"
        )
    return lines[min(lines)]


def figures_of(loads: list[Load]) -> str:
    cpu = median([each.cpu_milliseconds for each in loads])
    return f"{in_words([each.rate for each in loads]):>14} /s  CPU {cpu:6.2f} ms"
