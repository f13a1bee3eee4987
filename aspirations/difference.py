"""The difference between two versions of a sentence, word by word. Saves nothing."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

WORD_OR_SPACE = re.compile(r"\s+|[^\s]+")


class Run(NamedTuple):
    """A stretch of words that stayed the same, or was removed or added."""

    text: str
    changed: bool


class Difference(NamedTuple):
    """The old words with what was removed marked, the new ones with what was added marked."""

    before: list[Run]
    after: list[Run]


def difference(before: str, after: str) -> Difference:
    """Compare two texts by words; joining the runs gives each text back unchanged."""
    old, new = WORD_OR_SPACE.findall(before), WORD_OR_SPACE.findall(after)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return Difference(
        before=_runs(("".join(old[i:j]), tag != "equal") for tag, i, j, _k, _l in steps),
        after=_runs(("".join(new[k:n]), tag != "equal") for tag, _i, _j, k, n in steps),
    )


def _runs(pieces: Iterable[tuple[str, bool]]) -> list[Run]:
    """Drop empty pieces, and let a lone space between two changes join them."""
    runs: list[Run] = []
    for text, changed in pieces:
        if not text:
            continue
        bridges = len(runs) > 1 and changed and runs[-1].text.isspace() and runs[-2].changed
        if bridges:
            gap = runs.pop()
            text = runs.pop().text + gap.text + text
        runs.append(Run(text, changed))
    return runs
