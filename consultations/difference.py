"""The difference between two versions of a sentence, word by word. Saves nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

# Spaces, numbers with their separators, words, single signs.
TOKEN = re.compile(r"\s+|\d(?:[\d.,]*\d)?|[^\W\d]+|[^\w\s]")
TOO_SHORT_TO_STAND_ALONE = 4
# Places at which a word of one text meets itself in the other. Prose of 4000 signs has a few
# thousand; many more (a pasted table, or malice) would take the comparison minutes.
MOST_MEETINGS = 20_000


class Run(NamedTuple):
    """A stretch of words that stayed the same, or was removed or added."""

    text: str
    changed: bool


class Difference(NamedTuple):
    """The old words with what was removed marked, the new ones with what was added marked."""

    before: list[Run]
    after: list[Run]


class Edit(NamedTuple):
    """What stood before and what stands after at one place."""

    before: str
    after: str
    changed: bool


def difference(before: str, after: str) -> Difference:
    """Compare two texts by words; joining the runs gives each text back unchanged."""
    edits = list(_joined(_edits(TOKEN.findall(before), TOKEN.findall(after))))
    return Difference(
        before=_runs((edit.before, edit.changed) for edit in edits),
        after=_runs((edit.after, edit.changed) for edit in edits),
    )


def _edits(old: list[str], new: list[str]) -> list[Edit]:
    """What stayed and what changed, in order; compared coarsely where words repeat too often."""
    if _meetings(old, new) > MOST_MEETINGS:
        return _coarse_edits(old, new)
    codes = SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes()
    return [Edit("".join(old[i:j]), "".join(new[k:n]), tag != "equal") for tag, i, j, k, n in codes]


def _meetings(old: list[str], new: list[str]) -> int:
    """How often a word of one text meets itself in the other."""
    there = Counter(new)
    return sum(there[word] for word in old if not word.isspace())


def _coarse_edits(old: list[str], new: list[str]) -> list[Edit]:
    """The same beginning, the same end, and everything between them as one change."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = range(shorter - head)
    tail = next((i for i in rest if old[-1 - i] != new[-1 - i]), len(rest))
    ends = len(old) - tail, len(new) - tail
    return [
        Edit("".join(old[:head]), "".join(new[:head]), changed=False),
        Edit("".join(old[head : ends[0]]), "".join(new[head : ends[1]]), changed=True),
        Edit("".join(old[ends[0] :]), "".join(new[ends[1] :]), changed=False),
    ]


def _joined(edits: list[Edit]) -> Iterator[Edit]:
    """Let a lone short word between two changes belong to them: it reads more easily."""
    held: Edit | None = None
    for place, edit in enumerate(edits):
        inside = 0 < place < len(edits) - 1
        short = inside and len(edit.after.strip()) < TOO_SHORT_TO_STAND_ALONE
        changed = edit.changed or short
        if held and held.changed == changed:
            held = Edit(held.before + edit.before, held.after + edit.after, changed)
            continue
        if held:
            yield held
        held = Edit(edit.before, edit.after, changed)
    if held:
        yield held


def _runs(stretches: Iterable[tuple[str, bool]]) -> list[Run]:
    """Leave out empty ones; the spaces around a change are not marked."""
    runs: list[Run] = []
    for text, changed in stretches:
        words = text.strip() if changed else ""
        head, tail = text.split(words, 1) if words else (text, "")
        runs += [Run(head, False), Run(words, True), Run(tail, False)]
    return [run for run in runs if run.text]
