"""The planners' desk in Chromium: keys, the pane beside the list, and no JavaScript at all."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from aspirations.models import Aspiration, Event
from consultations.models import ChapterText
from tests import factories
from tests.browser.conftest import DESK, PASSWORD, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.processes]

Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


@pytest.fixture
def two(chapter_text: ChapterText) -> list[Aspiration]:
    words = ("Dermaga kayu sudah lapuk.", "Air bersih belum sampai ke hulu.")
    return [factories.make_aspiration(chapter_text, body=body) for body in words]


def test_keys_lead_through_the_queue_without_leaving_it(
    open_page: Open, sign_in_at: SignIn, planner: User, two: list[Aspiration]
) -> None:
    page = open_page(DESK)
    sign_in_at(page, planner)
    page.goto("/kelola/aspirasi/")
    pane = page.locator("#pane")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(pane).to_contain_text(two[1].body)
    expect(page).to_have_url(re.compile(f"buka={two[1].code}$"))

    pane.locator(".work__next button").click()
    expect(pane.locator(".messages")).to_contain_text(two[1].code)
    expect(page.locator(f"#aspiration-row-{two[1].code} .badge")).to_be_visible()
    expect(page.locator(".views__link[aria-current] .views__count")).to_have_text("1")
    expect(page.locator(".queue__title .queue__count")).to_have_text("1")
    expect(page).to_have_url(re.compile(f"buka={two[1].code}$"))

    page.reload()
    expect(pane).to_contain_text(two[1].body)
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    expect(page).not_to_have_url(re.compile("buka"))
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**tampilan=in_review*")
    page.keyboard.press("/")
    expect(page.locator("input[name=cari]")).to_be_focused()


def test_answer_in_the_pane_shows_the_letter_and_what_to_mend(
    open_page: Open, sign_in_at: SignIn, planner: User, accepted: Aspiration
) -> None:
    page = open_page(DESK)
    sign_in_at(page, planner)
    page.goto(f"/kelola/aspirasi/?tampilan=unanswered&buka={accepted.code}")
    form = page.locator(".respond__form")
    expect(form.locator("[name=reason_code]")).to_be_hidden()

    form.locator("[value=deferred]").check()
    form.locator("[name=reason]").fill("Kami pertimbangkan pada tahun 2029.")
    expect(page.locator("#answer-preview")).to_contain_text("Kami pertimbangkan pada tahun 2029.")
    form.locator(".button").first.click()
    expect(page.locator("#pane .error-summary")).to_be_focused()
    expect(form.locator("[name=reason]")).to_have_value("Kami pertimbangkan pada tahun 2029.")

    form.locator("[name=reason_code]").select_option("budget_limit")
    form.locator(".button").first.click()
    expect(page.locator("#pane .messages")).to_contain_text(accepted.code)
    accepted.refresh_from_db()
    assert accepted.disposition == "deferred"


def test_answer_that_the_session_did_not_outlive_stays_and_is_sent_after_signing_in_elsewhere(
    open_page: Open, sign_in_at: SignIn, planner: User, accepted: Aspiration
) -> None:
    page = open_page(DESK)
    sign_in_at(page, planner)
    page.goto(f"/kelola/aspirasi/?tampilan=unanswered&buka={accepted.code}")
    form = page.locator(".respond__form")
    form.locator("[value=noted]").check()
    form.locator("[name=reason]").fill("Kami catat untuk tahun depan.")
    page.context.clear_cookies(name="sessionid")
    form.locator(".button").first.click()
    expect(page.locator("[data-not-saved]")).to_be_visible()
    expect(form.locator("[name=reason]")).to_have_value("Kami catat untuk tahun depan.")
    assert not accepted.responses.exists()

    with page.context.expect_page() as opened:
        page.locator("[data-not-saved] a").click()
    other = opened.value
    other.fill("input[name=login]", planner.email)
    other.fill("input[name=password]", PASSWORD)
    other.click("button[value=password]")
    other.wait_for_url("**/kelola/")
    other.close()
    form.locator(".button").first.click()

    expect(page.locator("#pane .messages")).to_contain_text(accepted.code)
    expect(page.locator("[data-not-saved]")).to_be_hidden()
    assert accepted.responses.get().reason == "Kami catat untuk tahun depan."


def test_link_in_the_pane_leads_to_the_sign_in_page_once_the_session_is_over(
    open_page: Open, sign_in_at: SignIn, planner: User, two: list[Aspiration]
) -> None:
    page = open_page(DESK)
    sign_in_at(page, planner)
    page.goto("/kelola/aspirasi/")
    page.context.clear_cookies(name="sessionid")

    page.locator(".row__link").first.click()

    page.wait_for_url("**/akun/login/**")
    expect(page.locator("#pane")).to_have_count(0)


def test_phone_opens_a_page_of_its_own_and_nothing_sticks_out(
    open_page: Open, sign_in_at: SignIn, planner: User, two: list[Aspiration]
) -> None:
    page = open_page(PHONE)
    sign_in_at(page, planner)
    page.goto("/kelola/aspirasi/")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0

    page.locator(".row__link").first.click()

    page.wait_for_url(f"**/{two[0].code}/**")
    assert page.evaluate(width) == 0


def test_everything_works_without_javascript(
    open_page: Open, sign_in_at: SignIn, planner: User, two: list[Aspiration]
) -> None:
    page = open_page(DESK, java_script_enabled=False)
    sign_in_at(page, planner)
    page.goto("/kelola/aspirasi/")
    page.locator(".row__link").first.click()
    page.locator(".work__next button").click()
    page.locator(".work__next button").click()
    form = page.locator(".respond__form")
    form.locator("[value=noted]").check()
    form.locator("[name=reason]").fill("Kami catat.")
    form.locator("button[name=preview]").click()
    expect(page.locator("#answer-preview")).to_contain_text("Kami catat.")
    form.locator(".button").first.click()

    two[0].refresh_from_db()
    assert two[0].disposition == "noted"
    assert Event.objects.filter(aspiration=two[0], by=planner).count() == 3
