"""Pages by the place where each ends: no row is skipped, none comes twice, in both directions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aspirations import keyset
from aspirations.keyset import Size, keys_of, neighbours, page_of, size_of
from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests import factories

SIZE = 3


@pytest.fixture
def eleven(chapter_text: ChapterText) -> list[int]:
    """Newest first; most came in within one instant, so that the keys must part them."""
    early, late, latest = (timezone.now() - timedelta(days=days) for days in (3, 2, 1))
    moments = [early, *[late] * 9, latest]
    return [factories.make_aspiration(chapter_text, at=at).pk for at in moments][::-1]


def walk(oldest_first: bool, name: str, start: str = "") -> list[list[int]]:
    """Every page from a place on, following the links of that name."""
    pages, place = [], start
    while True:
        page = page_of(Aspiration.objects.all(), {name: place}, SIZE, oldest_first=oldest_first)
        pages.append([row.pk for row in page])
        place = page.after if name == "sesudah" else page.before
        if not place:
            return pages


@pytest.mark.parametrize("oldest_first", [True, False])
def test_pages_hold_every_row_once_in_order_forth_and_back(
    eleven: list[int], oldest_first: bool
) -> None:
    wanted = eleven[::-1] if oldest_first else eleven

    forth = walk(oldest_first, "sesudah")
    last = page_of(Aspiration.objects.all(), {"sesudah": ""}, 10, oldest_first=oldest_first)
    back = walk(oldest_first, "sebelum", last.after)

    assert [pk for page in forth for pk in page] == wanted
    assert [len(page) for page in forth] == [3, 3, 3, 2]
    assert [pk for page in back[:-1][::-1] for pk in page] == wanted[3:9]
    assert back[-1] == wanted[:3], "who comes back to the beginning gets the whole first page"


def test_page_after_the_end_is_the_first_one(eleven: list[int]) -> None:
    page = page_of(Aspiration.objects.all(), {"sesudah": "20200101T000000.000000~1"}, SIZE)

    assert [row.pk for row in page] == eleven[:3]
    assert not page.before


def test_neighbours_stand_beside_a_row_also_if_it_left_the_view(eleven: list[int]) -> None:
    codes = {one.pk: one.code for one in Aspiration.objects.all()}
    one, rest = Aspiration.objects.get(pk=eleven[4]), Aspiration.objects.exclude(pk=eleven[4])

    assert neighbours(rest, one, oldest_first=False) == (codes[eleven[3]], codes[eleven[5]])
    assert neighbours(rest, one, oldest_first=True) == (codes[eleven[5]], codes[eleven[3]])


def test_page_is_cut_by_one_comparison_of_rows(eleven: list[int]) -> None:
    """Alternatives ("earlier, or as early and a smaller key") could use no index."""
    first = page_of(Aspiration.objects.all(), {}, SIZE)

    with CaptureQueriesContext(connection) as queries:
        page_of(Aspiration.objects.all(), {"sesudah": first.after}, SIZE)

    compared = '("aspirations_aspiration"."submitted_at", "aspirations_aspiration"."id") < ('
    assert compared in queries[0]["sql"]
    assert " OR " not in queries[0]["sql"]


def test_sizes_are_counted_up_to_a_limit_and_say_so(
    eleven: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert size_of(Aspiration.objects.all()) == Size(11)
    assert sorted(keys_of(Aspiration.objects.all())) == sorted(eleven)

    monkeypatch.setattr(keyset, "MOST_COUNTED", 10)

    assert size_of(Aspiration.objects.all()) == Size(10, is_all=False)
    assert str(Size(1000, is_all=False)) == "lebih dari 1.000"
    assert len(keys_of(Aspiration.objects.all())) == 11
