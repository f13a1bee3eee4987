"""What a small phone shows before anybody scrolls: what one can do here stands in it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from consultations.models import ChapterText
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SMALL = {"width": 360, "height": 640}
NARROW = {"width": 320, "height": 640}
KEYS: dict[str, Callable[[str], list[str | int]]] = {
    "home": lambda _slug: [],
    "overview:consultation": lambda slug: [slug],
    "reading:chapter": lambda slug: [slug, 1],
    "sending:form": lambda slug: [slug, 1],
}


@pytest.fixture
def slug(lead_planner: User) -> str:
    """An open consultation with names as long as they are in the province, marked as an example."""
    cycle = factories.make_cycle(
        organiser_name="Badan Perencanaan Pembangunan Daerah, Penelitian, dan Pengembangan "
        "Provinsi Kalimantan Tengah",
        theme="Penguatan Ekonomi Lokal yang Merata dan Pelayanan Dasar yang Menjangkau Semua",
        is_example=True,
    )
    consultation = factories.make_consultation(lead_planner, cycle)
    text = ChapterText.objects.get(draft__consultation=consultation, chapter__number=1)
    text.rename("Sasaran dan Prioritas Pembangunan Daerah", by=lead_planner)
    factories.make_chapter(consultation, lead_planner)
    return consultation.slug


def lowest_edge(page: Page, selector: str) -> float:
    """The lower edge of the first such element, in pixels from the top of the screen."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("home", ".hero__actions .button:last-child"),
        ("overview:consultation", ".page-head__actions .button:last-child"),
        ("reading:chapter", ".reading-bar .button"),
        ("sending:form", ".choice-card"),
    ],
)
def test_the_action_stands_on_the_first_screen(
    name: str, action: str, slug: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(SMALL)

    page.goto(reverse(name, args=KEYS[name](slug)))

    assert lowest_edge(page, action) <= SMALL["height"]


def test_a_chapter_begins_on_the_first_screen(slug: str, open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)

    page.goto(reverse("reading:chapter", args=[slug, 1]))

    bar = page.locator(".reading-bar").bounding_box()
    assert bar is not None
    assert lowest_edge(page, ".reading__text h2") <= bar["y"]


@pytest.mark.parametrize("size", ["100%", "200%"])
def test_pages_fit_a_narrow_phone_with_text_twice_as_large(
    size: str, slug: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(NARROW)
    sideways, cut_off = {}, {}
    for name in ("home", "overview:consultation", "reading:chapter", "sending:form"):
        page.goto(reverse(name, args=KEYS[name](slug)))
        page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        sideways[name] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        cut_off[name] = page.evaluate(CUT_OFF)

    assert {name: pixels for name, pixels in sideways.items() if pixels > 0} == {}
    assert {name: words for name, words in cut_off.items() if words} == {}


# What of the page's head sticks out, or holds words that do.
CUT_OFF = """
[...document.querySelectorAll("body > header :is(a, button, summary, p)")].filter((element) => {
  const box = element.getBoundingClientRect();
  const overflows = element.clientWidth && element.scrollWidth > element.clientWidth + 1;
  return box.width && (box.left < 0 || box.right > innerWidth || overflows);
}).map((element) => element.textContent.trim())
"""
