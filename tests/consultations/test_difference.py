"""The difference between two versions of a sentence."""

import pytest
from django.conf import settings

from consultations import difference as module
from consultations.difference import difference
from consultations.markup import plain_text

PAIRS = [
    ("serta desa.", "serta desa; hubungannya dirinci."),
    ("di 42 titik, dan lahan", "di 43 titik, tiga bersama warga, dan diumumkan; lahan"),
    ("", "kalimat baru"),
    ("kalimat lama", ""),
    ("sama saja", "sama saja"),
    ("  dua  spasi\nbaris ", "dua spasi <b>baris</b>"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_difference_gives_both_texts_back_unchanged(before: str, after: str) -> None:
    found = difference(before, after)

    assert "".join(run.text for run in found.before) == before
    assert "".join(run.text for run in found.after) == after


def test_difference_marks_only_the_words_that_changed() -> None:
    found = difference("sepanjang 18 kilometer", "sepanjang 22 kilometer, segera")

    assert [run.text for run in found.before if run.changed] == ["18"]
    assert [run.text for run in found.after if run.changed] == ["22", ", segera"]


def test_difference_keeps_numbers_whole() -> None:
    found = difference("sebesar Rp1.234,5 miliar", "sebesar Rp1.250,5 miliar")

    assert [run.text for run in found.after if run.changed] == ["1.250,5"]


def test_difference_joins_changes_around_a_lone_short_word() -> None:
    found = difference("irigasi dan jalan", "sawah dan sungai")

    assert [run.text for run in found.after if run.changed] == ["sawah dan sungai"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 2000, "b a " * 1000),
        ("ab " * 1300, "ab. " * 1000),
        ("1 | 0 | 2 | 0 | " * 250, "1 | 0 | 3 | 0 | " * 250),
    ],
)
def test_texts_that_repeat_themselves_are_compared_coarsely_and_stay_whole(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word by word, these take the comparison up to eighty seconds."""
    monkeypatch.setattr(module, "SequenceMatcher", None)  # it must not even be asked

    found = difference(before, after)

    assert "".join(run.text for run in found.before) == before
    assert "".join(run.text for run in found.after) == after
    assert any(run.changed for run in found.after)


def test_long_prose_is_still_compared_word_by_word() -> None:
    chapter = settings.BASE_DIR / "rkpd_portal" / "demonstration" / "2028" / "bab-4.html"
    before = plain_text(chapter.read_text())[:4000]
    places = [before.index(" ", start) for start in (500, 3000)]
    after = before
    for place in reversed(places):
        after = f"{after[:place]} perlahan{after[place:]}"

    found = difference(before, after)

    assert len(before) == 4000
    assert [run.text for run in found.after if run.changed] == ["perlahan", "perlahan"]
