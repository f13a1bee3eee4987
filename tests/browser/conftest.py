"""Chromium for the tests that are about what people see."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from accounts.models import User
from tests.processes import environment, web_server

PASSWORD = "sandi-untuk-pengujian-2028"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
QUICK = 2100  # milliseconds: whoever sends sooner after opening the form is taken for a robot


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests are skipped, and the reason is reported."""
    if os.environ.get("CHROMIUM"):
        return
    reason = os.environ.get("NO_CHROMIUM", "CHROMIUM does not name a browser; use bin/test.")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {
        "executable_path": os.environ.get("CHROMIUM"),
        "args": ["--no-sandbox", "--disable-gpu", *quiet],
    }


@pytest.fixture
def portal(transactional_db: Any, tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    """The address of the real web server on the test's database."""
    with web_server(unused_tcp_port, environment(), tmp_path / "web.log") as address:
        yield address


def errors_in(line: ConsoleMessage) -> list[str]:
    """Script errors and broken CSP rules; what was not found is for `missing_parts`."""
    expected = ("Failed to load resource", "Response Status Error Code 401")
    ours = line.type == "error" and not line.text.startswith(expected)
    return [line.text] if ours else []


def missing_parts(response: Response) -> list[str]:
    """A style, script or picture of a page that did not come."""
    part = response.request.resource_type not in ("document", "fetch", "xhr")
    broken = response.status >= 400 and part
    return [f"{response.status} {response.url}"] if broken else []


@pytest.fixture
def open_page(portal: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page for one person; fails the test on a script error or a broken CSP rule."""
    complaints: list[str] = []

    def opened(viewport: dict[str, int] = PHONE, **context: Any) -> Page:
        options = {"viewport": viewport, "locale": "id-ID", "base_url": portal, **context}
        page = browser.new_context(**options).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.extend(errors_in(line)))
        page.on("response", lambda response: complaints.extend(missing_parts(response)))
        return page

    yield opened
    assert complaints == []


@pytest.fixture
def sign_in_at() -> Callable[[Page, User], None]:
    """Signs a person in through the form, with a password."""

    def signed_in(page: Page, user: User) -> None:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        page.goto("/akun/login/")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[value=password]")
        page.wait_for_url("**/")

    return signed_in


def fill_in(page: Page, words: str) -> None:
    """Answer what the form for an aspiration must know."""
    page.locator("input[name=kind][value=proposal]").check()
    page.fill("textarea[name=body]", words)
    page.select_option("select[name=regency]", "62.06")
    page.select_option("select[name=stakeholder_group]", "resident")
    page.fill("input[name=display_name]", "Rina Lestari")
    page.check("input[name=privacy]")
