"""What bin/test hands to pytest."""

import pytest

from bin.tools.testing import pytest_arguments


@pytest.mark.parametrize(
    ("typed", "handed_on"),
    [
        ([], []),
        (["quick"], ["-m", "not browser and not processes and not slow"]),
        (
            ["quick", "-x", "tests/bin"],
            ["-m", "not browser and not processes and not slow", "-x", "tests/bin"],
        ),
        (["-k", "quick"], ["-k", "quick"]),
    ],
)
def test_quick_counts_as_the_first_word_only(typed: list[str], handed_on: list[str]) -> None:
    assert pytest_arguments(typed) == handed_on
