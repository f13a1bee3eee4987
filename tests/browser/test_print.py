"""On paper: the words in dark ink, without the frame, whatever the phone is set to."""

import io
from collections.abc import Callable

import pypdfium2
import pytest
from django.urls import reverse
from playwright.sync_api import Page, PdfMargins

from accounts import robots
from accounts.models import User
from consultations.models import ChapterText
from tests import factories
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.processes]

INK = "rgb(23, 33, 29)"


def printed(page: Page) -> list[str]:
    """The text of each page of paper."""
    edge = "18mm"
    margin: PdfMargins = {"top": edge, "bottom": edge, "left": edge, "right": edge}
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", margin=margin))) as pdf:
        return [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]


def ink(page: Page) -> str:
    page.emulate_media(media="print", color_scheme="dark")
    return str(page.evaluate("getComputedStyle(document.querySelector('main h1')).color"))


def test_an_aspiration_is_printed_with_its_answer(
    chapter_text: ChapterText, planner: User, open_page: Callable[..., Page]
) -> None:
    aspiration = factories.make_answered(chapter_text, planner)
    page = open_page(PHONE, color_scheme="dark")
    page.goto(aspiration.get_absolute_url())

    paper = printed(page)

    assert len(paper) <= 2
    assert aspiration.code in paper[0]
    assert aspiration.body in " ".join(paper[0].split())
    assert "Tanggapan" in paper[0]
    assert "Masuk" not in paper[0].splitlines()
    assert ink(page) == INK


def test_a_chapter_is_printed_without_its_tools(
    chapter_text: ChapterText, open_page: Callable[..., Page]
) -> None:
    page = open_page(PHONE, color_scheme="dark")
    page.goto(reverse("reading:chapter", args=[chapter_text.draft.consultation.slug, 1]))

    paper = printed(page)

    assert len(paper) == 1
    assert "Jalan desa perlu diperbaiki segera." in paper[0]
    assert "Tanggapi" not in paper[0]
    assert "Daftar isi" not in paper[0]
    assert ink(page) == INK


def test_a_receipt_is_printed_with_number_and_pin(
    chapter_text: ChapterText,
    resident: User,
    open_page: Callable[..., Page],
    sign_in_at: Callable[[Page, User], None],
) -> None:
    page = open_page(PHONE, color_scheme="dark")
    sign_in_at(page, resident)  # whoever is signed in is not taken for a robot when quick
    page.goto(reverse("sending:form", args=[chapter_text.draft.consultation.slug, 1]))
    page.check("input[name=kind][value=comment]")
    page.fill("textarea[name=body]", "Jalan desa kami rusak.")
    page.select_option("select[name=regency]", "62.03")
    page.select_option("select[name=stakeholder_group]", "resident")
    page.fill("input[name=display_name]", "Rina")
    page.check("input[name=privacy]")
    page.wait_for_timeout(robots.QUICKEST_SECONDS * 1000 + 100)  # nobody writes as fast as a test
    page.click("button[value=check]")
    page.click("button[value=send]")
    page.wait_for_url("**/tanda-terima/")

    paper = printed(page)

    assert len(paper) <= 2
    assert page.locator("#receipt-code").inner_text() in paper[0]
    assert page.locator("#receipt-pin").inner_text() in paper[0]
    assert "WhatsApp\n" not in paper[0]
    assert ink(page) == INK
