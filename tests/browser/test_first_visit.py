"""What a resident's first visit costs on a slow line."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from bin.tools.bench import PAGE_GOAL, Traffic
from consultations.models import ChapterText
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SCRIPT_GOAL = 15_000  # bytes


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
