"""What a resident's first visit costs on a slow line."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from bin.tools.bench.page import PAGE_GOAL, Traffic
from consultations.models import ChapterText
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SCRIPT_GOAL = 15_000  # bytes
REQUEST_GOAL = 8  # two pages, one stylesheet, one script, icons


def test_home_and_a_chapter_come_in_few_bytes_and_without_a_font(
    chapter_text: ChapterText, planner: User, open_page: Callable[..., Page]
) -> None:
    for _number in range(3):
        factories.make_answered(chapter_text, planner)
    page, traffic = open_page(), Traffic()
    log = page.context.new_cdp_session(page)
    log.on("Network.responseReceived", traffic.answered)
    log.on("Network.loadingFinished", traffic.finished)
    log.send("Network.enable")

    page.goto("/", wait_until="networkidle")
    slug = chapter_text.draft.consultation.slug
    page.goto(reverse("reading:chapter", args=[slug, 1]), wait_until="networkidle")

    assert 5_000 < traffic.total() <= PAGE_GOAL
    assert traffic.total("Script") <= SCRIPT_GOAL
    assert traffic.total("Font") == 0
    assert len(traffic.sizes) <= REQUEST_GOAL, traffic.lines()
    assert styles_of(traffic) == {"resident"}


def test_a_desk_page_loads_the_desks_styles_only(
    chapter_text: ChapterText,
    planner: User,
    open_page: Callable[..., Page],
    sign_in_at: Callable[[Page, User], None],
) -> None:
    page, traffic = open_page(), Traffic()
    sign_in_at(page, planner)
    log = page.context.new_cdp_session(page)
    log.on("Network.responseReceived", traffic.answered)
    log.send("Network.enable")

    page.goto(reverse("moderating:queue"), wait_until="networkidle")

    assert styles_of(traffic) == {"desk"}


def styles_of(traffic: Traffic) -> set[str]:
    """The sheets that were asked for: "resident" for /static/css/resident.0123abcd.css."""
    styles = [traffic.addresses[key] for key, kind in traffic.kinds.items() if kind == "Stylesheet"]
    return {address.rpartition("/")[2].partition(".")[0] for address in styles}
