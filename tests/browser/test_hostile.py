"""Hostile HTML in every text field shows as text on every page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import Agency, User
from aspirations.models import Tag
from consultations.models import Consultation, ForumSession, Priority
from tests import factories
from tests.browser.conftest import DESK
from tests.browser.test_accessibility import NO_PAGE, seen_first_by, use_session_of
from tests.test_permissions import TABLE

pytestmark = [pytest.mark.browser, pytest.mark.processes]

HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{ 7|add:7 }}"


@pytest.fixture
def world(lead_planner: User, resident: User) -> dict[str, Any]:
    """Every field that people fill in holds hostile text."""
    for user in (lead_planner, resident):
        user.name = HOSTILE
        user.save(update_fields=["name"])
    fields = ("theme", "vision", "rpjmd_title", "organiser_name", "organiser_address")
    cycle = factories.make_cycle(**dict.fromkeys(fields, HOSTILE), missions=[HOSTILE])
    cycle.organiser_short = cycle.signatory_name = HOSTILE[:60]
    cycle.save()
    Priority.objects.create(cycle=cycle, number=1, title=HOSTILE)
    consultation = factories.make_consultation(lead_planner, cycle)
    ForumSession.objects.create(
        consultation=consultation, starts_at=consultation.opens_at, venue=HOSTILE, note=HOSTILE
    )
    Consultation.objects.filter(pk=consultation.pk).update(introduction=HOSTILE)
    unwritten = consultation.drafts.get().texts.get(chapter__number=2)
    unwritten.rename(HOSTILE, by=lead_planner)
    unwritten.add_blocks(f"<p>{HOSTILE}</p>", by=lead_planner)
    code = speak(consultation, lead_planner, resident)
    agency = factories.make_agency(HOSTILE)
    return {
        "slug": consultation.slug,
        "number": 1,
        "year": cycle.year,
        "code": code,
        "region": "62.03",
        "block": unwritten.blocks.live()[0].pk,
        "internal": factories.make_report(consultation, lead_planner).code,
        "agency": agency.pk,
    }


def speak(consultation: Consultation, planner: User, author: User) -> str:
    """A hostile aspiration with a hostile tag, answer and note; returns its code."""
    text = factories.make_chapter(consultation, planner)
    block = text.blocks.live()[1]
    names = ("body", "suggested_wording", "rationale", "organisation", "quote")
    aspiration = factories.make_accepted(
        text,
        planner,
        **dict.fromkeys(names, HOSTILE),
        display_name=HOSTILE[:120],
        position=HOSTILE[:120],
        contact_phone=HOSTILE[:30],
        block=block.block,
        account=author,
        agency=Agency.objects.create(
            name=f"Kedua {HOSTILE}", short_name=HOSTILE[:60], kind=Agency.Kind.PROVINCIAL
        ),
    )
    tag = Tag.objects.create(facet="free", slug="jahat", name=HOSTILE[:60], definition=HOSTILE)
    aspiration.set_tags([tag], by=planner)
    aspiration.note(HOSTILE, by=planner)
    aspiration.respond(
        by=planner,
        disposition="partially_accommodated",
        reason=HOSTILE,
        text_before=HOSTILE,
        text_after=f"{HOSTILE} baru",
    )
    return aspiration.code


@pytest.mark.parametrize("role", ["visitor", "resident", "lead_planner", "administrator"])
def test_hostile_text_shows_as_text_on_every_page(
    role: str,
    world: dict[str, Any],
    request: pytest.FixtureRequest,
    open_page: Callable[..., Page],
    portal: str,
) -> None:
    page = open_page(DESK)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    if role != "visitor":
        use_session_of(page, request.getfixturevalue(role), portal)
    seen = 0

    for name, entry in TABLE.items():
        if name in NO_PAGE or seen_first_by(entry) != role:
            continue
        page.goto(reverse(name, args=[world[key] for key in entry.keys]))
        assert page.locator("[onerror], img[src='x']").count() == 0, name
        seen += page.content().count("&lt;script&gt;alert(2)")

    assert role == "administrator" or seen > 0, "nothing hostile was on these pages"
