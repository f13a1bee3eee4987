"""The difference between two versions of a sentence."""

import pytest

from consultations.difference import difference

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
