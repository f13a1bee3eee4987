"""Every page of the portal under axe-core, on a phone in light and on a desk in dark."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import Agency, User
from aspirations import reference
from aspirations.models import Aspiration
from consultations.models import ChapterText
from tests import factories
from tests.browser.conftest import DESK, PASSWORD, PHONE
from tests.test_permissions import TABLE

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Not pages of their own: answers to a press, plain data, files.
NO_PAGE = {
    "healthz",
    "readyz",
    "sending:regions",
    "papers:download",
    "sending:receipt",
    "following:proof",
    "record:verifier",
    "record:roots",
    "record:consistency",
}
ACCOUNT_PAGES = (
    "account_login",
    "account_signup",
    "account_request_login_code",
    "account_reset_password",
    "account_email",
    "account_change_password",
    "account_set_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "usersessions_list",
    "socialaccount_connections",
)
SIGNED_OUT = ("account_login", "account_signup", "account_request_login_code")
WIDE_TABLE = (
    "<h2>6.1 Program</h2><table><caption>Tabel 6.1</caption><thead><tr><th>Kode</th>"
    "<th>Program</th></tr></thead><tbody><tr><td>1.03.10</td><td>Jalan</td></tr></tbody></table>"
    "<ul><li>satu</li><li>dua</li></ul><p>Akhir bab.</p>"
)


@pytest.fixture
def world(
    agency: Agency, planner: User, chapter_text: ChapterText, resident: User
) -> dict[str, Any]:
    """Something on every page: answered, tagged, returned and waiting aspirations, a report."""
    draft = chapter_text.draft
    block = chapter_text.blocks.live()[1]
    table = factories.make_chapter(
        draft.consultation, planner, number=2, html=WIDE_TABLE, published=False
    )
    factories.make_answered(chapter_text, planner, block=block.block, quote="Jalan desa")
    factories.make_answered(chapter_text, planner, "not_accommodated", agency=agency)
    answered = factories.make_accepted(chapter_text, planner, block=block.block, account=resident)
    answered.respond(
        by=planner,
        disposition="partially_accommodated",
        reason="Sebagian dapat kami muat.",
        text_before="Jalan desa perlu diperbaiki segera.",
        text_after="Jalan desa perlu diperbaiki pada tahun 2028.",
    )
    return {
        "slug": draft.consultation.slug,
        "number": 1,
        "year": draft.consultation.cycle.year,
        "code": answered.code,
        "region": "62.03",
        "block": table.blocks.live()[0].pk,
        "internal": factories.make_report(draft.consultation, planner).code,
        "agency": agency.pk,
    }


def violations(page: Page) -> list[str]:
    """What axe finds, as lines that say where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
    ]


def use_session_of(page: Page, user: User, portal: str) -> None:
    """Give the page the session cookie of a person who is signed in."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": portal}])


def open_pages(open_page: Callable[..., Page], user: User | None, portal: str) -> tuple[Page, Page]:
    phone, desk = open_page(PHONE, color_scheme="light"), open_page(DESK, color_scheme="dark")
    for page in (phone, desk):
        if user:
            use_session_of(page, user, portal)
    return phone, desk


def check_pages(pages: tuple[Page, Page], urls: list[str]) -> dict[str, list[str]]:
    """Violations, and sideways scrolling, by URL."""
    complaints: dict[str, list[str]] = {}
    for url in urls:
        for page in pages:
            response = page.goto(url)
            assert response is not None
            assert response.status == 200, f"{url}: {response.status}"
            found = violations(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append("the page scrolls sideways")
            if found:
                complaints[f"{url} at {page.viewport_size}"] = found
    return complaints


@pytest.mark.parametrize("role", ["visitor", "resident", "lead_planner", "administrator"])
def test_pages_have_no_accessibility_violations(
    role: str,
    world: dict[str, Any],
    request: pytest.FixtureRequest,
    open_page: Callable[..., Page],
    portal: str,
) -> None:
    user = None if role == "visitor" else request.getfixturevalue(role)
    urls = [
        reverse(name, args=[world[key] for key in page.keys])
        for name, page in TABLE.items()
        if name not in NO_PAGE and seen_first_by(page) == role
    ]
    if role == "resident":
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        urls += [reverse(name) for name in ACCOUNT_PAGES if name not in SIGNED_OUT]
        urls.append(reverse("following:status", args=[world["code"]]))
    if role == "visitor":
        urls += [reverse(name) for name in SIGNED_OUT] + ["/tidak-ada/"]

    assert check_pages_allowing_missing(open_pages(open_page, user, portal), urls) == {}


def seen_first_by(page: Any) -> str:
    """The one role under which a page is visited here."""
    order = ("visitor", "resident", "lead_planner", "administrator")
    return next((role for role in order if role in page.allowed and page.method == "get"), "")


def check_pages_allowing_missing(pages: tuple[Page, Page], urls: list[str]) -> dict[str, list[str]]:
    missing = [url for url in urls if url == "/tidak-ada/"]
    complaints = check_pages(pages, [url for url in urls if url not in missing])
    for url in missing:
        pages[0].goto(url)
        if found := violations(pages[0]):
            complaints[url] = found
    return complaints


def test_form_with_errors_and_its_steps_have_no_violations(
    world: dict[str, Any], open_page: Callable[..., Page]
) -> None:
    phone = open_page(PHONE)
    phone.goto(reverse("sending:form", args=[world["slug"], 1]))
    phone.click("button[value=check]")
    with_errors = violations(phone)
    focused = phone.evaluate("document.activeElement.className")
    phone.locator("input[name=kind][value=comment]").check()
    phone.fill("textarea[name=body]", "Jalan desa kami rusak.")
    phone.select_option("select[name=regency]", "62.03")
    phone.select_option("select[name=stakeholder_group]", "resident")
    phone.fill("input[name=display_name]", "Rina")
    phone.check("input[name=privacy]")
    phone.click("button[value=check]")
    to_check = violations(phone)
    phone.click("button[value=send]")
    phone.wait_for_url("**/tanda-terima/")

    assert with_errors == to_check == violations(phone) == []
    assert "error-summary" in focused


def test_status_without_an_account_has_no_violations(
    chapter_text: ChapterText, planner: User, open_page: Callable[..., Page]
) -> None:
    returned: Aspiration = factories.make_aspiration(chapter_text, key="form-for-axe")
    returned.return_(by=planner, reason="Mohon sebutkan nama desanya.")
    phone = open_page(PHONE)
    phone.goto(reverse("following:lookup"))
    phone.fill("input[name=code]", returned.code)
    phone.fill("input[name=pin]", reference.pin_for("form-for-axe"))
    phone.click("main form button")
    phone.wait_for_url("**/status/**")
    found = violations(phone)
    phone.goto(reverse("following:complete", args=[returned.code]))
    found += violations(phone)
    phone.goto(reverse("following:withdraw", args=[returned.code]))

    assert found + violations(phone) == []
