"""bin/pictures: every page on a phone and on a desk, and a report's first pages, as PNG files."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from bin.tools.bench.startup import new_folder, stack
from rkpd_portal.demonstration.cast import PASSWORD, email_of
from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.terminal import Problem, run_command, say

TARGET = CHECKOUT / "docs" / "pictures"
SIZES = {360: {"width": 360, "height": 740}, 1280: {"width": 1280, "height": 860}}
OPEN, PAST = "/konsultasi/rkpd-2028-rancangan-awal/", "/konsultasi/rkpd-2024-rancangan-awal/"
REPORT_PAGES = 6

# Name, address, and whose page it is ("" for everyone). `*` follows the first such link.
PAGES = (
    ("home", "/", ""),
    ("consultation", OPEN, ""),
    ("chapter", f"{OPEN}bab/4/", ""),
    ("chapter-tables", f"{OPEN}bab/6/#sub-bab", ""),
    ("form", "/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/4/", ""),
    ("aspirations", f"{OPEN}aspirasi/", ""),
    ("aspiration", "/aspirasi/lihat/*", ""),
    ("outcome", f"{PAST}hasil/", ""),
    ("status-lookup", "/aspirasi/cek/", ""),
    ("reports-released", "/laporan/", ""),
    ("sign-in", "/akun/login/", ""),
    ("privacy", "/privasi/", ""),
    ("mine", "/aspirasi/saya/", "warga"),
    ("status", "/aspirasi/status/*", "warga"),
    ("desk", "/kelola/", "perencana.utama"),
    ("desk-queue", "/kelola/aspirasi/", "perencana.utama"),
    ("desk-aspiration", "/kelola/aspirasi/RK*", "perencana.utama"),
    ("desk-consultation", "/kelola/rencana/rkpd-2028-rancangan-awal/", "perencana.utama"),
    ("desk-chapter", "/kelola/rencana/rkpd-2028-rancangan-awal/bab/4/", "perencana.utama"),
    ("desk-reports", "/kelola/laporan/", "perencana.utama"),
    ("desk-agencies", "/kelola/instansi/", "admin"),
)


def main() -> int:
    """Start a portal of its own, visit every page, print the report."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with new_folder() as folder, stack(folder) as portal:
        say("Starting a portal with the demonstration ...")
        portal.wait_for(portal.is_ready)
        take_all(portal.address)
        say("Waiting for the worker's report on RKPD 2024 ...")
        portal.wait_for(lambda: len(reports_of_2024(folder)) == 2)
        print_report(folder)
    return 0


def take_all(address: str) -> None:
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM")
    if not executable:
        raise Problem(os.environ.get("NO_CHROMIUM", "CHROMIUM does not name a browser."))
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=options)
        for width, size in SIZES.items():
            take(browser, address, width, size)
        browser.close()


def take(browser: Any, address: str, width: int, size: dict[str, int]) -> None:
    """All pages at one width; one browser profile for each person."""
    tabs: dict[str, Any] = {}
    for name, path, person in PAGES:
        if person not in tabs:
            context = browser.new_context(viewport=size, locale="id-ID", base_url=address)
            tabs[person] = signed_in(context.new_page(), person)
        tab = tabs[person]
        tab.goto(found(tab, path), wait_until="networkidle")
        photograph(tab, f"{name}-{width}.png")
    take_receipt(browser.new_context(viewport=size, locale="id-ID", base_url=address), width)


def photograph(tab: Any, name: str) -> None:
    keep(Image.open(io.BytesIO(tab.screenshot())), name)


def keep(picture: Image.Image, name: str) -> None:
    """Save a picture with 96 colours, which is what flat pages need, to keep the clone small."""
    picture.convert("RGB").quantize(96).save(TARGET / name, optimize=True)
    say(name)


def signed_in(tab: Any, person: str) -> Any:
    if person:
        tab.goto("/akun/login/")
        tab.fill("input[name=login]", email_of(person))
        tab.fill("input[name=password]", PASSWORD)
        tab.click("button[value=password]")
        tab.wait_for_url("**/")
    return tab


def found(tab: Any, path: str) -> str:
    """The address itself, or for `/prefix*` the first link of the list that leads there."""
    if not path.endswith("*"):
        return path
    prefix = path.removesuffix("*")
    lists = {
        "/aspirasi/lihat/": f"{PAST}aspirasi/?keputusan=accommodated",
        "/aspirasi/status/": "/aspirasi/saya/",
        "/kelola/aspirasi/RK": "/kelola/aspirasi/?tampilan=unanswered",
    }
    tab.goto(lists[prefix])
    href = tab.locator(f"main a[href*='{prefix}']").first.get_attribute("href")
    return str(href)


def take_receipt(context: Any, width: int) -> None:
    """Send one aspiration as a visitor, and keep the form's last step and the receipt."""
    tab = context.new_page()
    tab.goto("/aspirasi/kirim/rkpd-2028-rancangan-awal/bab/4/")
    tab.check("input[name=kind][value=proposal]")
    tab.fill("textarea[name=body]", "Mohon dermaga desa kami diperbaiki agar aman untuk lansia.")
    tab.select_option("select[name=regency]", "62.06")
    tab.select_option("select[name=stakeholder_group]", "resident")
    tab.fill("input[name=display_name]", "Rina Contoh")
    tab.check("input[name=consent_publish]")
    tab.check("input[name=privacy]")
    tab.wait_for_timeout(2100)  # whoever sends within two seconds is taken for a robot
    tab.click("button[value=check]")
    photograph(tab, f"check-{width}.png")
    tab.click("button[value=send]")
    tab.wait_for_url("**/tanda-terima/")
    photograph(tab, f"receipt-{width}.png")


def print_report(folder: Path) -> None:
    """The first pages of the public edition on RKPD 2024, the smaller of the two files."""
    files = sorted(reports_of_2024(folder), key=lambda file: file.stat().st_size)
    if not files:
        raise Problem("The demonstration has no report; is Pango installed?")
    with pypdfium2.PdfDocument(files[0]) as pdf:
        for number in range(min(REPORT_PAGES, len(pdf))):
            keep(pdf[number].render(scale=1.3).to_pil(), f"report-{number + 1}.png")


def reports_of_2024(folder: Path) -> list[Path]:
    return list((folder / "media" / "reports").glob("LK24*.pdf"))


if __name__ == "__main__":
    sys.exit(run_command(main))
