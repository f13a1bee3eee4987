"""The main job, end to end, on real parts: from the planner's text to the official's PDF."""

import re
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from aspirations.models import Aspiration, Tag
from consultations.models import Consultation
from tests.browser.conftest import DESK, PHONE, QUICK, fill_in
from tests.processes import environment, reports_worker

PLAN = "<h2>4.1 Sasaran</h2><p>Jembatan gantung dibangun di dua puluh desa terpencil.</p>"
WORDS = "Jembatan gantung di desa kami putus sejak banjir, anak sekolah menyeberang dengan rakit."
ANSWER = "Jembatan desa Anda masuk ke dalam daftar prioritas perbaikan tahun 2028."

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def publish_chapter(page: Page, consultation: Consultation) -> None:
    """The planner writes Bab IV, the lead publishes it; here one person is both."""
    chapter = f"/kelola/rencana/{consultation.slug}/bab/4/"
    page.goto(f"{chapter}blok/baru/")
    page.locator(".ProseMirror").click()
    page.evaluate(
        """html => {
            const data = new DataTransfer();
            data.setData('text/html', html);
            const paste = {clipboardData: data, bubbles: true, cancelable: true};
            const editor = document.querySelector('.ProseMirror');
            editor.dispatchEvent(new ClipboardEvent('paste', paste));
        }""",
        PLAN,
    )
    page.click("#text-form button.button >> nth=0")
    expect(page.locator(".draft-block")).to_have_count(2)
    page.goto(f"{chapter}terbitkan/")
    page.click("main form button")
    page.wait_for_load_state()


def send_aspiration(page: Page, consultation: Consultation) -> tuple[str, str]:
    """A resident reads on a phone and answers one sentence; returns code and PIN."""
    page.goto("/")
    page.get_by_role("link", name="Baca rancangan").first.click()
    page.goto(f"/konsultasi/{consultation.slug}/bab/4/")
    block = page.locator(".block", has_text="dua puluh desa").last
    block.get_by_role("link", name=re.compile("Tanggapi")).click()
    expect(page.locator("main")).to_contain_text("Jembatan gantung dibangun di dua puluh desa")
    fill_in(page, WORDS)
    page.check("input[name=consent_publish]")
    page.check("input[name=show_name]")
    page.wait_for_timeout(QUICK)
    page.click("button[value=check]")
    expect(page.locator("main")).to_contain_text(WORDS)
    page.dblclick("button[value=send]")
    page.wait_for_url("**/tanda-terima/")
    return page.inner_text("#receipt-code"), page.inner_text("#receipt-pin")


def moderate(page: Page, code: str) -> None:
    """The planner takes it up, publishes, tags and answers it at the desk."""
    page.goto(f"/kelola/aspirasi/{code}/")
    page.click("form[action*='/telaah/'] button")
    page.click("form[action*='/loloskan/'] button")
    page.check(f"input[name=tags][value='{Tag.objects.get(slug='bottom_up').pk}']")
    page.click("form[action*='/penanda/'] button")
    page.wait_for_load_state()
    page.check("input[name=disposition][value=accommodated]")
    page.fill("textarea[name=reason]", ANSWER)
    page.click("form[action*='/tanggapi/'] button:not([name])")
    expect(page.locator("main")).to_contain_text(ANSWER)


def read_answer(page: Page, code: str, pin: str) -> None:
    page.goto("/aspirasi/cek/")
    page.fill("input[name=code]", code.lower().replace("-", " "))
    page.fill("input[name=pin]", pin)
    page.click("main form button")
    expect(page.locator("main")).to_contain_text(ANSWER)


def compile_report(page: Page, consultation: Consultation) -> None:
    """The planner asks for the report and sees it become ready without pressing anything."""
    page.goto(f"/kelola/laporan/susun/{consultation.slug}/")
    page.click("main form button[type=submit]")
    page.wait_for_load_state()
    page.goto("/kelola/laporan/")
    expect(page.locator("[data-state=ready]")).to_have_count(2, timeout=120_000)


def download_report(page: Page, folder: Path) -> str:
    """The official opens the list and downloads; returns the words in the PDF."""
    page.goto("/kelola/laporan/")
    card = page.locator("[data-state=ready]", has_text=re.compile("publik", re.IGNORECASE))
    with page.expect_download() as download:
        card.get_by_role("link", name=re.compile("Unduh")).click()
    file = folder / "report.pdf"
    download.value.save_as(file)
    with pypdfium2.PdfDocument(file) as pdf:
        pages = [pdf[number].get_textpage().get_text_bounded() for number in range(len(pdf))]
    return " ".join(" ".join(pages).split())


def test_a_sentence_travels_from_the_plan_to_the_report(
    consultation: Consultation,
    lead_planner: User,
    planner: User,
    official: User,
    open_page: Callable[..., Page],
    sign_in_at: Callable[[Page, User], None],
    tmp_path: Path,
) -> None:
    lead_page, planner_page, official_page = (open_page(DESK) for _ in range(3))
    phone = open_page(PHONE, is_mobile=True, has_touch=True)
    sign_in_at(lead_page, lead_planner)
    sign_in_at(planner_page, planner)
    sign_in_at(official_page, official)

    publish_chapter(lead_page, consultation)
    code, pin = send_aspiration(phone, consultation)
    moderate(planner_page, code)
    read_answer(phone, code, pin)
    with reports_worker(environment(), tmp_path / "reports.log"):
        compile_report(planner_page, consultation)
    words = download_report(official_page, tmp_path)

    assert Aspiration.objects.count() == 1, "the double tap gave a second aspiration"
    for expected in (code, WORDS, ANSWER, "Bawah-atas", "Diakomod"):
        assert expected in words, expected
