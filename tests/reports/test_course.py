"""A report's bar: it moves with the work, never goes back, and promises nothing too early."""

import pytest

from reports.formats.pdf.course import Course, pages_expected

STEP_5 = "Step 5 - Creating layout - Page %d"
AGAIN = "Step 5 - Creating layout - Repagination #%d"


def told(expected: int, pages: int, repaginations: int) -> list[tuple[int, str]]:
    """What is told of a document with so many pages, as WeasyPrint logs it."""
    course = Course(expected)
    heard = [course.hear(f"Step {number}", ()) for number in (1, 2, 2, 3, 4)]
    for again in range(repaginations + 1):
        if again:
            heard.append(course.hear(AGAIN, (again,)))
        heard += [course.hear(STEP_5, (page,)) for page in range(1, pages + 1)]
    heard.append(course.hear("Step 6 - Creating PDF", ()))
    heard += [course.draw() for _page in range(pages)]
    return [*heard, course.hear("Step 7 - Adding PDF metadata", ()), course.seal()]


@pytest.mark.parametrize("repaginations", [0, 1, 2, 7])
@pytest.mark.parametrize(("expected", "pages"), [(100, 100), (9, 1), (20, 400), (2000, 300)])
def test_bar_never_goes_back_and_leaves_room_for_the_proof(
    expected: int, pages: int, repaginations: int
) -> None:
    percents = [percent for percent, _stage in told(expected, pages, repaginations)]

    assert percents == sorted(percents)
    assert percents[0] > 0
    assert percents[-1] < 98


def test_bar_moves_all_the_time_when_pages_were_underestimated() -> None:
    """Three times as many pages as expected: it does not stand still where it expected the end."""
    course = Course(100)

    shares = [course.hear(STEP_5, (page,))[0] for page in range(1, 301)]

    assert shares[99] < shares[149] < shares[299] < 50


def test_bar_is_near_the_share_of_the_time() -> None:
    """600 aspirations: laid out from 15 % of the time on, drawn from 73 %, written from 87 %."""
    stages = told(211, 211, 2)

    begun = {stage: percent for percent, stage in reversed(stages)}
    assert abs(begun["laying_out"] - 15) < 10
    assert abs(begun["drawing"] - 73) < 10
    assert abs(begun["finishing"] - 87) < 10


@pytest.mark.parametrize(("signs", "pages"), [(43_098, 18), (197_535, 52), (1_145_923, 265)])
def test_pages_are_estimated_from_what_there_is_to_print(signs: int, pages: int) -> None:
    assert abs(pages_expected("x" * signs) - pages) <= 2
