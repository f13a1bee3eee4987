"""Published pages for an anonymous reader, over a constant page of 15 KB without middleware."""

from pathlib import Path

from bin.tools.bench import load
from bin.tools.bench.discovery import Reader, new_browser
from bin.tools.bench.figures import ROUNDS, in_words, median
from bin.tools.bench.kept import copy_of
from bin.tools.bench.load import Load
from bin.tools.bench.stack import Web, running
from rkpd_portal.localstack.terminal import say

SECONDS = 3.0  # of each measurement
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
    ratios = {}
    for (name, encoding), pairs in found.items():
        shares = [portal.rate / floor.rate for portal, floor in pairs]
        ratios[name, encoding] = median(shares)
        say(
            f"{name:<13} {encoding:<6} {in_words([p.rate for p, _ in pairs]):>14} /s"
            f"  CPU {median([p.cpu_milliseconds for p, _ in pairs]):6.2f} ms"
            f"   floor {in_words([f.rate for _, f in pairs]):>15} /s"
            f"  CPU {median([f.cpu_milliseconds for _, f in pairs]):5.2f} ms"
            f"   ratio {in_words(shares, 3)}"
        )
    name, encoding = worst = min(ratios, key=lambda key: ratios[key])
    rate = median([portal.rate for portal, _ in found[worst]])
    return (
        f"ratio={ratios[worst]:.3f} page={name} encoding={encoding} requests_per_second={rate:.0f}"
    )
