"""At the desk things stand apart: controls from one another, one regency from the next."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Region
from tests import factories
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.processes]

Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]

# Pairs of controls, or of a control and the words of a label that is not its own, less than six
# pixels apart on the same line.
COLLISIONS = """
(() => {
  const form = document.querySelector(".respond__form");
  const parts = form.querySelectorAll("label, input:not([type=hidden]), select, textarea, button");
  const seen = [...parts].filter((element) => element.getClientRects().length);
  const rects = (element) => {
    if (element.tagName !== "LABEL") return [element.getBoundingClientRect()];
    const words = document.createRange();
    words.selectNodeContents(element);
    return [...words.getClientRects()];
  };
  const collide = (one, other) =>
    one.left < other.right + 6 && other.left < one.right + 6 &&
    one.top < other.bottom && other.top < one.bottom;
  const pairs = seen.flatMap((one, at) => seen.slice(at + 1).map((other) => [one, other]));
  return pairs
    .filter(([one, other]) => !one.contains(other) && !other.contains(one))
    .filter(([one, other]) => rects(one).some((a) => rects(other).some((b) => collide(a, b))))
    .map((pair) => pair.map((element) => element.textContent.trim() || element.name));
})()
"""


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("decision", ["accommodated", "forwarded", "deferred"])
def test_controls_of_the_answer_do_not_collide(
    decision: str,
    viewport: dict[str, int],
    open_page: Open,
    sign_in_at: SignIn,
    planner: User,
    accepted: Aspiration,
) -> None:
    page = open_page(viewport)
    sign_in_at(page, planner)

    page.goto(f"/kelola/aspirasi/{accepted.code}/")
    page.check(f"[name=disposition][value={decision}]")

    assert page.evaluate(COLLISIONS) == []


def test_controls_of_the_answer_do_not_collide_in_the_pane(
    open_page: Open, sign_in_at: SignIn, planner: User, accepted: Aspiration
) -> None:
    page = open_page(DESK)
    sign_in_at(page, planner)

    page.goto("/kelola/aspirasi/?tampilan=unanswered")
    page.locator(".row__link").first.click()
    expect(page.locator("#pane .respond__form")).to_be_visible()

    assert page.evaluate(COLLISIONS) == []


# The last word of each place, and by how many pixels it is cut off.
CUT_OFF = """
[...document.querySelectorAll("td.rows__where")].map((cell) => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  let node, last;
  while ((node = walker.nextNode())) if (node.data.trim()) last = node;
  const words = document.createRange();
  words.setStart(last, last.data.trimEnd().lastIndexOf(" ") + 1);
  words.setEnd(last, last.data.trimEnd().length);
  const edge = cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight);
  return [words.toString(), Math.max(0, Math.round(words.getBoundingClientRect().right - edge))];
}).sort()
"""


def test_regencies_of_like_names_are_told_apart_in_the_queue(
    open_page: Open, sign_in_at: SignIn, planner: User, chapter_text: ChapterText
) -> None:
    for code in ("62.01", "62.02"):  # Kotawaringin Barat, Kotawaringin Timur
        factories.make_aspiration(chapter_text, region=Region.objects.get(code=code))
    page = open_page(DESK)
    sign_in_at(page, planner)

    page.goto("/kelola/aspirasi/")

    assert page.evaluate(CUT_OFF) == [["Barat", 0], ["Timur", 0]]
    row = page.locator("tbody .row").first.bounding_box()
    assert row is not None
    assert row["height"] <= 40
