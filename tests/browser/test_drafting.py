"""The text editor at the desk, under the strict Content-Security-Policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from consultations.models import ChapterText, Consultation
from tests import factories
from tests.browser.conftest import DESK

TABLE = (
    "<table><caption>Tabel 2.1</caption><thead><tr><th>Misi</th><th>Target</th></tr></thead>"
    "<tbody><tr><td>Satu</td><td>17,4</td></tr></tbody></table>"
)
WORD = (
    "<h1 style='color:red'>2.1 Geografi</h1>"
    "<p class=MsoNormal style='margin:0'><b>Luas</b> daerah</p>"
    "<ul><li>sungai</li></ul><table><tr><td><p>a</p></td></tr></table>"
)
PASTE = """html => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/html', html);
    const paste = new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true});
    document.querySelector('.ProseMirror').dispatchEvent(paste);
}"""

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def desk(
    open_page: Callable[..., Page], sign_in_at: Callable[[Page, User], None], planner: User
) -> Page:
    page = open_page(DESK)
    sign_in_at(page, planner)
    return page


def test_a_chapter_pasted_from_word_becomes_blocks(desk: Page, consultation: Consultation) -> None:
    desk.goto(f"/kelola/rencana/{consultation.slug}/bab/2/")
    desk.click(".empty .button")
    desk.locator(".ProseMirror").click()
    desk.evaluate(PASTE, WORD)
    desk.click("#text-form button[type=submit]")

    expect(desk.locator(".draft-block")).to_have_count(4)
    text = ChapterText.objects.get(draft__consultation=consultation, chapter__number=2)
    assert [block.html for block in text.blocks.live()] == [
        "<h2>2.1 Geografi</h2>",
        "<p><strong>Luas</strong> daerah</p>",
        "<ul><li>sungai</li></ul>",
        "<table><tbody><tr><td>a</td></tr></tbody></table>",
    ]


def test_a_table_keeps_its_title_and_head_when_it_is_changed_in_place(
    desk: Page, consultation: Consultation, planner: User
) -> None:
    text = factories.make_chapter(consultation, planner, number=2, html=TABLE, published=False)
    desk.goto(f"/kelola/rencana/{consultation.slug}/bab/2/")
    desk.hover(".draft-block")
    desk.click(".draft-block a.draft-tool")
    desk.locator(".ProseMirror td").first.click()
    desk.keyboard.type(" lagi")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#text-form")).to_have_count(0)

    (block,) = text.blocks.live()
    assert "<caption>Tabel 2.1</caption><thead><tr>" in block.html
    assert '<th scope="col">Misi</th>' in block.html
    assert "<td>Satu lagi</td>" in block.html


def test_a_text_that_could_not_be_saved_stays_in_the_editor(
    desk: Page, consultation: Consultation, planner: User
) -> None:
    text = factories.make_chapter(consultation, planner, number=2, published=False)
    desk.goto(f"/kelola/rencana/{consultation.slug}/bab/2/")
    desk.hover(".draft-block >> nth=1")
    desk.click(".draft-block >> nth=1 >> a.draft-tool")
    desk.locator(".ProseMirror").click()
    desk.keyboard.type("Jangan hilang. ")
    desk.context.clear_cookies(name="sessionid")
    desk.keyboard.press("Control+Enter")

    expect(desk.locator("[data-not-saved]")).to_be_visible()
    expect(desk.locator(".ProseMirror")).to_contain_text("Jangan hilang.")
    assert "Jangan hilang" not in "".join(block.html for block in text.blocks.live())


def test_the_sign_in_page_does_not_take_the_place_of_a_text_that_is_put_away(
    desk: Page, consultation: Consultation, planner: User
) -> None:
    factories.make_chapter(consultation, planner, number=2, published=False)
    desk.goto(f"/kelola/rencana/{consultation.slug}/bab/2/")
    desk.hover(".draft-block >> nth=1")
    desk.click(".draft-block >> nth=1 >> a.draft-tool")
    desk.locator(".ProseMirror").click()
    desk.keyboard.type("Jangan hilang. ")
    desk.context.clear_cookies(name="sessionid")

    desk.click("[data-editing] a.button--quiet")

    expect(desk.locator("[data-not-saved]")).to_be_visible()
    expect(desk.locator(".ProseMirror")).to_contain_text("Jangan hilang.")


@pytest.mark.parametrize("java_script", [True, False])
def test_a_text_that_no_request_may_carry_is_still_there(
    open_page: Callable[..., Page],
    sign_in_at: Callable[[Page, User], None],
    planner: User,
    consultation: Consultation,
    java_script: bool,
) -> None:
    """In its place with the editor; without JavaScript one step back."""
    page = open_page(DESK, java_script_enabled=java_script)
    sign_in_at(page, planner)
    page.goto(f"/kelola/rencana/{consultation.slug}/bab/2/")
    page.click(".empty .button")
    too_long = "Kalimat yang tidak boleh hilang. " * 150_000
    if java_script:
        page.locator(".ProseMirror").wait_for()
    page.locator("#text-form textarea").evaluate("(area, words) => area.value = words", too_long)

    page.click("#text-form button[type=submit]")

    if java_script:
        expect(page.locator("[data-too-long]")).to_be_visible()
    else:
        expect(page.locator("h1")).to_contain_text("tidak dapat dibaca")
        page.go_back()
    assert page.locator("#text-form textarea").input_value() == too_long
