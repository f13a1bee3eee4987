"""When too many send at once: nothing that was typed is lost, with and without JavaScript."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests.browser.conftest import PHONE, QUICK, fill_in

pytestmark = [pytest.mark.browser, pytest.mark.processes]
WORDS = "Dermaga desa kami lapuk, mohon dibangun kembali sebelum musim hujan."


def refuse(route: Route) -> None:
    """What the web server answers while too many wait (rkpd_portal/asgi.py)."""
    headers = {"Cache-Control": "no-store", "Retry-After": "10"}
    html = render_to_string("503.html")
    route.fulfill(status=503, body=html, headers=headers, content_type="text/html; charset=utf-8")


def press_while_busy(page: Page, step: str) -> None:
    """Press a button of the form, and be asked to come again."""
    page.route("**/aspirasi/kirim/**", refuse)
    page.click(f"button[value={step}]")
    expect(page.locator("h1")).to_have_text("Portal belum dapat menjawab saat ini")
    page.unroute("**/aspirasi/kirim/**")


@pytest.mark.parametrize("java_script", [True, False])
def test_who_is_turned_away_goes_back_and_presses_again(
    chapter_text: ChapterText, open_page: Callable[..., Page], java_script: bool
) -> None:
    page = open_page(PHONE, java_script_enabled=java_script)
    page.goto(reverse("sending:form", args=[chapter_text.draft.consultation.slug, 1]))
    fill_in(page, WORDS)
    page.wait_for_timeout(QUICK)

    press_while_busy(page, "check")
    page.go_back()
    expect(page.locator("textarea[name=body]")).to_have_value(WORDS)
    page.wait_for_timeout(QUICK)  # it was opened anew
    page.click("button[value=check]")
    expect(page.locator("main")).to_contain_text(WORDS)

    press_while_busy(page, "send")
    page.go_back()
    expect(page.locator("main")).to_contain_text(WORDS)
    page.click("button[value=send]")
    page.wait_for_url("**/tanda-terima/")

    assert Aspiration.objects.get().body == WORDS


def test_who_is_turned_away_loads_the_page_again(
    chapter_text: ChapterText, open_page: Callable[..., Page]
) -> None:
    page = open_page(PHONE, java_script_enabled=False)
    page.goto(reverse("sending:form", args=[chapter_text.draft.consultation.slug, 1]))
    fill_in(page, WORDS)
    page.wait_for_timeout(QUICK)
    page.click("button[value=check]")
    expect(page.locator("main")).to_contain_text(WORDS)

    press_while_busy(page, "send")
    page.reload()
    page.wait_for_url("**/tanda-terima/")

    assert Aspiration.objects.get().body == WORDS
