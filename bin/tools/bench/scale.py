"""The server's time for every list, search, figure and desk page with many aspirations, over ten
thousand: both portals side by side, asked in turn, one request at a time."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from bin.tools.bench.figures import median, spread
from bin.tools.bench.kept import data_of
from bin.tools.bench.scale_pages import Words, all_pages
from bin.tools.bench.stack import Stack, running
from bin.tools.chaos.browser import Browser, RequestBroke
from rkpd_portal.localstack.terminal import Problem, say

SMALL = 10_000
ROUNDS = 3
REQUESTS = 5  # of a page in a round,
ENOUGH = 1.0  # or fewer, if they took so many seconds together
HOPELESS_MS = 3000.0  # a page that took so long when it was first asked for is not asked again
GOAL_RATIO, GOAL_MS = 2.0, 150.0


@dataclass
class Timed:
    """One page in one portal, and the milliseconds that each request took."""

    browser: Browser
    address: str
    first: float = 0.0  # the one before all rounds
    taken: list[float] = field(default_factory=list)
    broke: int = 0

    @property
    def figures(self) -> list[float]:
        return self.taken or [self.first]

    def ask(self) -> None:
        """One round of requests."""
        if self.first > HOPELESS_MS:
            return
        end = time.perf_counter() + ENOUGH
        for _ in range(REQUESTS):
            self.taken.append(self.ask_once())
            if time.perf_counter() > end:
                break

    def ask_once(self) -> float:
        """Milliseconds of one request; a page that breaks counts with the time until then."""
        began = time.perf_counter()
        try:
            page = self.browser.get(self.address)
        except RequestBroke:
            self.broke += 1
        else:
            if page.status != 200 or page.was_redirected:
                raise Problem(f"{self.address} is no page any more (status {page.status}).")
        return 1000 * (time.perf_counter() - began)


@dataclass(frozen=True)
class Row:
    """One page in both portals."""

    name: str
    small: Timed
    large: Timed

    @property
    def ratio(self) -> float:
        return median(self.large.figures) / median(self.small.figures)

    @property
    def milliseconds(self) -> float:
        return median(self.large.figures)

    def in_words(self) -> str:
        small, large = (f"{median(each.figures):8.1f}" for each in (self.small, self.large))
        widths = " ".join(f"±{spread(each.figures) / 2:4.0%}" for each in (self.small, self.large))
        broke = f"  broke {self.large.broke} times" if self.large.broke else ""
        over = " " if self.ratio <= GOAL_RATIO and self.milliseconds <= GOAL_MS else "!"
        return f"{over} {self.name:<48} {small} ms {large} ms   {self.ratio:6.2f}   {widths}{broke}"


def scale(_folder: Path, *, size: int) -> str:
    """Ask each page in both portals in turn; the one that grows most counts."""
    if size <= SMALL:
        raise Problem(f"--size must be more than {SMALL}, with which it is compared.", code=2)
    small_data, large_data = data_of(SMALL), data_of(size)
    with running(small_data) as small, running(large_data) as large:
        rows = paired(pages_of(small), pages_of(large))
        try:
            ask_all(rows)
        except KeyboardInterrupt:
            say("Stopped early; what was found until then:")
            summary([row for row in rows if row.large.first], size)
            raise
    return summary(rows, size)


def ask_all(rows: list[Row]) -> None:
    """Each page once, for whatever is slow only then; and then round by round."""
    say(f"Asking for {len(rows)} pages once ...")
    for row in rows:
        row.small.first, row.large.first = row.small.ask_once(), row.large.ask_once()
    for number in range(ROUNDS):
        say(f"Round {number + 1} of {ROUNDS} ...")
        for row in rows:
            row.small.ask()
            row.large.ask()


def pages_of(stack: Stack) -> dict[str, Timed]:
    """Every page of the portal by its name, each visited once."""
    words = words_of(stack)
    return {
        name: Timed(browser, address)
        for name, browser, address in all_pages(stack.portal().port, words)
    }


def words_of(stack: Stack) -> Words:
    """What the seed knows to be common, middling and rare."""
    with stack.database() as database:
        found = dict(database.execute("SELECT rank, word FROM seed.word").fetchall())
    return Words(found[1], found[100], found[401])


def paired(small: dict[str, Timed], large: dict[str, Timed]) -> list[Row]:
    """The pages that both portals have; a short list has no deep page."""
    for name in sorted(set(small) ^ set(large)):
        say(f"Only in one of the two portals, so left out: {name}")
    return [Row(name, small[name], large[name]) for name in small if name in large]


def summary(rows: list[Row], size: int) -> str:
    """A line for each page, the worst last."""
    say(f"\nMedians with {SMALL:,} and {size:,} aspirations, ± half the range; ! is over the goal")
    rows = sorted(rows, key=lambda row: row.ratio)
    for row in rows:
        say(row.in_words())
    over = sum(row.in_words().startswith("!") for row in rows)
    slowest = max(rows, key=lambda row: row.milliseconds)
    return (
        f"ratio={rows[-1].ratio:.2f} worst_ms={slowest.milliseconds:.0f} pages={len(rows)}"
        f" over_goal={over}"
    )
