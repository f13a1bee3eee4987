"""The planners' queue: views, filters, pages, and the aspiration beside the list."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agency, User
from aspirations import keyset
from aspirations.models import Aspiration, Tag
from consultations.models import ChapterText, Region
from tests import factories
from tests.languages import in_english

QUEUE = "/kelola/aspirasi/"


@pytest.fixture
def desk(planner: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(planner)


def text(response: Any) -> str:
    return response.content.decode()


def listed(desk: Client, query: str) -> list[str]:
    """The codes that the queue shows, in its order."""
    response = in_english(desk).get(f"{QUEUE}?{query}")
    return [aspiration.code for aspiration in response.context["page"]]


def test_queue_sorts_everything_into_views(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    new = factories.make_aspiration(chapter_text)
    review = factories.make_aspiration(chapter_text)
    review.start_review(by=planner)
    to_answer = factories.make_accepted(chapter_text, planner)
    answered = factories.make_answered(chapter_text, planner)
    back, hidden, joined = (factories.make_aspiration(chapter_text) for _ in range(3))
    back.return_(by=planner, reason="Sebutkan desanya.")
    hidden.refuse(by=planner, reason="Menyebut nama tetangga.")
    joined.merge(into=answered, by=planner)

    seen = {
        key: listed(desk, f"tampilan={key}")
        for key in ("new", "in_review", "unanswered", "answered", "returned")
    }

    assert seen == {
        "new": [new.code],
        "in_review": [review.code],
        "unanswered": [to_answer.code],
        "answered": [answered.code],
        "returned": [back.code],
    }
    assert listed(desk, "tampilan=refused") == [hidden.code]
    assert listed(desk, "tampilan=merged") == [joined.code]
    assert listed(desk, "tampilan=mine") == [review.code]
    assert len(listed(desk, "tampilan=all")) == 7
    for narrowing in ("", "jenis=proposal", "jenis=proposal&wilayah=62.03", "cari=jembatan"):
        links = desk.get(f"{QUEUE}?{narrowing}").context["queue"].links
        counts = {link.view.key: link.size.count for link in links}
        assert counts["all"] == 7, narrowing
        assert all(count == 1 for key, count in counts.items() if key != "all"), narrowing


def test_queue_lists_work_oldest_first_and_the_rest_newest_first(
    desk: Client, chapter_text: ChapterText
) -> None:
    first, second = (factories.make_aspiration(chapter_text) for _ in range(2))

    assert listed(desk, "") == [first.code, second.code]
    assert listed(desk, "tampilan=all") == [second.code, first.code]


def test_queue_narrows_by_every_filter(
    desk: Client, chapter_text: ChapterText, agency: Agency, planner: User
) -> None:
    wanted = factories.make_aspiration(
        chapter_text,
        body="Dermaga kayu sudah lapuk.",
        agency=agency,
        kind="question",
        stakeholder_group="women",
        channel="forum",
        affair_field_id="1.03",
        region=Region.objects.get(code="62.10"),
    )
    wanted.set_tags([Tag.objects.get(slug="spatial")], by=planner)
    factories.make_aspiration(chapter_text)

    for narrowing in (
        "cari=dermaga",
        f"cari={wanted.code.lower()}",
        "wilayah=62.10",
        "unsur=women",
        "jenis=question",
        "urusan=1.03",
        "penanda=spatial",
        "saluran=forum",
        "instansi=on",
    ):
        assert listed(desk, narrowing) == [wanted.code], narrowing
    assert len(listed(desk, f"konsultasi={chapter_text.draft.consultation.slug}&bab=1")) == 2
    assert listed(desk, "bab=2") == []


def test_queue_shows_each_filter_as_a_chip_that_removes_it(
    desk: Client, aspiration: Aspiration
) -> None:
    response = in_english(desk).get(f"{QUEUE}?tampilan=all&jenis=proposal&wilayah=62.03")

    chips = {str(chip.value): chip.query for chip in response.context["queue"].chips()}
    assert chips == {
        "Kabupaten Kapuas": "tampilan=all&jenis=proposal",
        "Proposal for a programme or activity": "tampilan=all&wilayah=62.03",
    }


@pytest.mark.parametrize(
    "query",
    [
        "tampilan=nonsense",
        "bab=abc&wilayah=%ff&penanda=%ff&konsultasi=tidak-ada&jenis=x",
        "cari=%ff",
        "cari=" + "a" * 300,
        "page=99999999999999999999&buka=%ff",
        "page=x&buka=RK28-XXXX-X",
        "urusan=%ff&saluran=%ff&unsur=%ff",
        "bab=99999999999999999999",
    ],
)
def test_queue_survives_a_broken_address(desk: Client, aspiration: Aspiration, query: str) -> None:
    response = in_english(desk).get(f"{QUEUE}?{query}")

    assert response.status_code == 200


def test_queue_says_when_a_filter_was_left_out(desk: Client, aspiration: Aspiration) -> None:
    assert "left out" in text(in_english(desk).get(f"{QUEUE}?jenis=x"))


@pytest.mark.parametrize("view", ["new", "in_review", "unanswered", "mine", "merged"])
def test_empty_view_says_what_would_be_here(desk: Client, view: str) -> None:
    response = text(in_english(desk).get(f"{QUEUE}?tampilan={view}"))

    assert 'class="empty"' in response
    assert "<table" not in response


def test_queue_asks_the_same_number_of_queries_for_1_and_30_rows(
    desk: Client,
    chapter_text: ChapterText,
    agency: Agency,
    planner: User,
    django_assert_num_queries: Any,
) -> None:
    def add() -> None:
        made = factories.make_aspiration(chapter_text, agency=agency)
        made.start_review(by=planner)
        made.set_tags(Tag.objects.all()[:2], by=planner)

    add()
    listed(desk, "tampilan=in_review")
    with CaptureQueriesContext(connection) as first:
        listed(desk, "tampilan=in_review")
    for _ in range(29):
        add()

    with django_assert_num_queries(len(first)):
        assert len(listed(desk, "tampilan=in_review")) == 30


def test_where_many_found_ones_stand_is_not_looked_at_to_learn_that_they_are_many(
    desk: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "MOST_COUNTED", 0)
    made = factories.make_aspiration(chapter_text, body="Mohon dermaga dibangun.")

    with CaptureQueriesContext(connection) as queries:
        assert listed(desk, "tampilan=new&cari=dermaga") == [made.code]

    assert not [query["sql"] for query in queries if "LIMIT 1001" in query["sql"]]


def test_queue_shows_forty_rows_on_a_page(desk: Client, chapter_text: ChapterText) -> None:
    for _ in range(41):
        factories.make_aspiration(chapter_text)

    first = in_english(desk).get(QUEUE)
    onward = f"sesudah={first.context['page'].after}"

    assert len(listed(desk, "")) == 40
    assert len(listed(desk, onward)) == 1
    assert 'rel="next"' in text(first)
    assert listed(desk, "page=2") == listed(desk, ""), "an address of before leads to the beginning"


def test_queue_opens_one_beside_the_list(desk: Client, aspiration: Aspiration) -> None:
    response = in_english(desk).get(f"{QUEUE}?buka={aspiration.code}")

    assert f'id="pane" data-code="{aspiration.code}"' in text(response)
    assert 'aria-current="true"' in text(response)


def test_every_count_of_the_list_agrees_after_an_action(
    desk: Client, chapter_text: ChapterText
) -> None:
    """The saved view, the heading and the list itself tell the same number, also in the pane."""
    first, _second = (factories.make_aspiration(chapter_text) for _ in range(2))

    address = reverse("moderating:start_review", args=[first.code])
    pane = text(desk.post(f"{address}?tampilan=new", headers={"hx-request": "true"}))

    listed_now = listed(desk, "tampilan=new")
    assert '<span class="queue__count" id="queue-size" hx-swap-oob="true">1</span>' in pane
    assert re.search(r'aria-current="page"><span>[^<]+</span> <span class="views__count">1<', pane)
    assert len(listed_now) == 1


def test_free_tags_offered_are_those_used_most(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    Tag.objects.bulk_create(
        Tag(slug=f"bebas-{number}", name=f"bebas {number}", facet=Tag.Facet.FREE)
        for number in range(150)
    )
    rare = Tag.objects.get(slug="bebas-99")  # the last by name
    common = Tag.objects.get(slug="bebas-148")
    made = factories.make_aspiration(chapter_text)
    made.set_tags([common], by=planner)

    page = desk.get(QUEUE, {"tampilan": "all"}).content.decode()
    narrowed = desk.get(QUEUE, {"tampilan": "all", "penanda": rare.slug}).content.decode()

    offered = re.findall(r'<option value="(bebas-\d+)"', page)
    assert len(offered) == 100
    assert common.slug in offered
    assert rare.slug not in offered
    assert f'<option value="{rare.slug}" selected' in narrowed
