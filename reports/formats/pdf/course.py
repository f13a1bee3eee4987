"""How far WeasyPrint is, read from its own log, as a share of the time that a report takes.

Each stage has its share of the bar, as measured on reports of 150, 600 and 3,000 aspirations
(docs/decisions/0071). Within a stage the bar moves with the pages that are done.
"""

from dataclasses import dataclass

# Where the stages begin, in percent.
STYLING, BUILDING, LAYING_OUT, AGAIN, DRAWING, FINISHING, SEALING, VERIFYING = (
    4, 10, 15, 48, 65, 80, 91, 98,
)  # fmt: skip
# A page holds about so many signs of HTML; headings, tables and charts fill the first ones.
SIGNS_PER_PAGE, FRONT_PAGES = 4470, 8


def pages_expected(html: str) -> int:
    """An estimate, for as long as the pages have not been counted."""
    return FRONT_PAGES + len(html) // SIGNS_PER_PAGE


@dataclass
class Course:
    """Hears WeasyPrint's messages in order. The bar never goes back."""

    expected: int  # pages
    passes: int = 0  # over all pages, that are finished
    page: int = 0  # the one that is laid out
    drawn: int = 0
    percent: float = 0

    def hear(self, message: str, args: object) -> tuple[int, str]:
        """What a message means: a percentage and a stage."""
        if message.startswith("Step 5"):
            return self._lay_out(args, is_again="Repagination" in message)
        for beginning, percent, stage in (
            ("Step 7", FINISHING, "finishing"),
            ("Step 6", DRAWING, "drawing"),
            ("Step 4", BUILDING, "styling"),
        ):
            if message.startswith(beginning):
                return self._at(percent, stage)
        return self._at(STYLING, "styling")

    def draw(self) -> tuple[int, str]:
        """Another page is drawn."""
        self.drawn += 1
        return self._at(between(DRAWING, FINISHING - 1, self.drawn / self.page), "drawing")

    def seal(self) -> tuple[int, str]:
        """All is there and only has to be written down."""
        return self._at(SEALING, "finishing")

    def _lay_out(self, args: object, *, is_again: bool) -> tuple[int, str]:
        number = int(str(args[0])) if isinstance(args, tuple) and args else 0
        if is_again:
            self.expected, self.page, self.passes = self.page, 0, number
        else:
            self.page = number
        return self._at(self._laid_out(), "laying_out")

    def _laid_out(self) -> float:
        """The first pass has a share of its own; each later one takes half of what is left."""
        if self.passes == 0:
            return between(LAYING_OUT, AGAIN, share(self.page, self.expected))
        left = (DRAWING - AGAIN) / 2**self.passes
        done = min(1.0, self.page / self.expected)
        return between(DRAWING - 2 * left, DRAWING - left, done)

    def _at(self, percent: float, stage: str) -> tuple[int, str]:
        self.percent = max(self.percent, percent)
        return int(self.percent), stage


def between(begin: float, end: float, done: float) -> float:
    return begin + (end - begin) * done


def share(done: int, expected: int) -> float:
    """Beyond what was expected it still moves, ever more slowly, and never arrives."""
    if done <= expected:
        return 0.9 * done / expected
    return 1 - 0.1 * expected / done
