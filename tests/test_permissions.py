"""Every page of ours x every role. The table is the documentation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Agency, User
from aspirations.models import Aspiration
from aspirations.permissions import can_send, can_send_late
from consultations.models import ChapterText, Consultation
from tests import factories
from tests.test_architecture import our_views

ROLES = (
    "visitor",
    "resident",
    "agency_clerk",
    "agency_head",
    "field_operator",
    "planner",
    "lead_planner",
    "official",
    "administrator",
)
EVERYONE = frozenset(ROLES)
SIGNED_IN = EVERYONE - {"visitor"}
PLANNERS = frozenset({"planner", "lead_planner"})
LEAD = frozenset({"lead_planner"})
ADMINISTRATOR = frozenset({"administrator"})
STAFF = PLANNERS | {"official", "administrator"}
REPORT_READERS = PLANNERS | {"official"}
RELEASERS = LEAD | {"official"}


class Page(NamedTuple):
    """Who may use it, how it is asked for, and with which of the world's names."""

    allowed: frozenset[str]
    method: str = "get"
    keys: tuple[str, ...] = ()
    refused: int = 403


CHAPTER = ("slug", "number")
TABLE = {
    "home": Page(EVERYONE),
    "privacy": Page(EVERYONE),
    "mailbox": Page(EVERYONE),
    "healthz": Page(EVERYONE),
    "readyz": Page(EVERYONE),
    "desk": Page(STAFF),
    "overview:consultations": Page(EVERYONE),
    "overview:consultation": Page(EVERYONE, keys=("slug",)),
    "reading:chapter": Page(EVERYONE, keys=CHAPTER),
    "listing:aspirations": Page(EVERYONE, keys=("slug",)),
    "results:outcome": Page(EVERYONE, keys=("slug",)),
    "listing:aspiration": Page(EVERYONE, keys=("code",)),
    "sending:form": Page(EVERYONE, keys=CHAPTER),
    "sending:receipt": Page(EVERYONE),
    "sending:regions": Page(EVERYONE, keys=("region",)),
    "following:lookup": Page(EVERYONE),
    "following:mine": Page(SIGNED_IN),
    # Without the PIN only the author gets in; everyone else is asked for the PIN.
    "following:status": Page(EVERYONE, keys=("code",)),
    "following:proof": Page(EVERYONE, keys=("code",)),
    "following:complete": Page(EVERYONE, "post", ("code",)),
    "following:withdraw": Page(EVERYONE, "post", ("code",)),
    "moderating:queue": Page(PLANNERS),
    "moderating:aspiration": Page(PLANNERS, keys=("code",)),
    "moderating:start_review": Page(PLANNERS, "post", ("code",)),
    "moderating:accept": Page(PLANNERS, "post", ("code",)),
    "moderating:return": Page(PLANNERS, "post", ("code",)),
    "moderating:refuse": Page(PLANNERS, "post", ("code",)),
    "moderating:merge": Page(PLANNERS, "post", ("code",)),
    "moderating:tags": Page(PLANNERS, "post", ("code",)),
    "moderating:respond": Page(PLANNERS, "post", ("code",)),
    "moderating:note": Page(PLANNERS, "post", ("code",)),
    "moderating:send_again": Page(PLANNERS, "post", ("code", "message")),
    "drafting:cycles": Page(PLANNERS),
    "drafting:cycle_new": Page(LEAD),
    "drafting:cycle": Page(LEAD, keys=("year",)),
    "drafting:consultation_new": Page(LEAD, keys=("year",)),
    "drafting:consultation": Page(PLANNERS, keys=("slug",)),
    "drafting:extend": Page(LEAD, "post", ("slug",)),
    "drafting:publish_draft": Page(LEAD, "post", ("slug",)),
    "drafting:chapter": Page(PLANNERS, keys=CHAPTER),
    "drafting:rename": Page(PLANNERS, "post", CHAPTER),
    "drafting:preview": Page(PLANNERS, keys=CHAPTER),
    "drafting:publish_chapter": Page(LEAD, "post", CHAPTER),
    "drafting:block_new": Page(PLANNERS, keys=CHAPTER),
    "drafting:block": Page(PLANNERS, keys=("block",)),
    "drafting:block_move": Page(PLANNERS, "post", ("block",)),
    "drafting:block_remove": Page(PLANNERS, "post", ("block",)),
    "drafting:block_restore": Page(PLANNERS, "post", ("block",)),
    "reporting:reports": Page(REPORT_READERS),
    "reporting:request": Page(PLANNERS, "post", ("slug",)),
    "reporting:report": Page(REPORT_READERS, keys=("internal",)),
    "reporting:retry": Page(PLANNERS, "post", ("internal",)),
    "reporting:release": Page(RELEASERS, "post", ("internal",)),
    "papers:released": Page(EVERYONE),
    # A report that is not released does not exist for those who may not see it.
    "papers:download": Page(REPORT_READERS, keys=("internal",), refused=404),
    "papers:verification": Page(EVERYONE, keys=("internal",)),
    "record:index": Page(EVERYONE),
    "record:verifier": Page(EVERYONE),
    "record:log": Page(EVERYONE, keys=("slug",)),
    "record:roots": Page(EVERYONE, keys=("slug",)),
    "record:consistency": Page(EVERYONE, keys=("slug", "first", "second")),
    "agencies:agencies": Page(ADMINISTRATOR),
    "agencies:agency": Page(ADMINISTRATOR, keys=("agency",)),
    "agencies:invite": Page(ADMINISTRATOR, "post", ("agency",)),
    "admin:login": Page(ADMINISTRATOR),
    # Signs administrators out; Django leads everyone else to the index, where the door is.
    "admin:logout": Page(EVERYONE, "post"),
}


@pytest.fixture
def cast(request: pytest.FixtureRequest, agency: Agency) -> dict[str, User | None]:
    people = {role: request.getfixturevalue(role) for role in ROLES if role != "visitor"}
    return {"visitor": None, **people}


@pytest.fixture
def world(accepted: Aspiration, agency: Agency, planner: User) -> dict[str, Any]:
    """One object for each kind of argument in the site map."""
    text = ChapterText.objects.get(chapter__number=2)
    factories.make_chapter(text.draft.consultation, planner, number=2, published=False)
    internal = factories.make_report(accepted.consultation, planner)
    seals = accepted.consultation.seals
    seals.create(size=1, root="0" * 64, at=timezone.now())
    message = accepted.events.all()[0].deliveries.create(address="rina@contoh.id")
    return {
        "slug": accepted.consultation.slug,
        "number": 1,
        "year": accepted.consultation.cycle.year,
        "code": accepted.code,
        "message": message.pk,
        "region": "62.03",
        "block": text.blocks.live()[0].pk,
        "internal": internal.code,
        "agency": agency.pk,
        "first": 1,
        "second": 1,
    }


def test_the_table_names_every_view_of_ours() -> None:
    marked = {view for _route, view in our_views()}
    in_table = {resolve(reverse(name, args=arguments(page))).func for name, page in TABLE.items()}

    assert in_table == marked


def arguments(page: Page) -> list[Any]:
    """Values of the right kind for the page's address; nothing needs to exist behind them."""
    numbers = ("number", "year", "block", "agency", "message", "first", "second")
    return [1 if key in numbers else "x" for key in page.keys]


@pytest.mark.parametrize("name", TABLE)
def test_page_opens_for_its_roles_and_no_other(
    name: str, cast: dict[str, User | None], world: dict[str, Any]
) -> None:
    page = TABLE[name]
    url = reverse(name, args=[world[key] for key in page.keys])

    outcomes = {role: ask(url, page, cast[role]) for role in ROLES}

    assert outcomes == {role: expected(page, role) for role in ROLES}


def ask(url: str, page: Page, user: User | None) -> str:
    """One of “open”, “sign in” or the refusing status; whatever was changed is undone."""
    client = Client()
    with transaction.atomic():
        if user:
            client.force_login(user)
        response = getattr(client, page.method)(url)
        transaction.set_rollback(True)
    target = response.get("Location", "")
    if response.status_code == 401 or target.startswith(reverse("account_login")):
        return "sign in"
    if target.startswith("/akun/"):
        return target
    return "open" if response.status_code in (200, 302) else str(response.status_code)


def expected(page: Page, role: str) -> str:
    if role in page.allowed:
        return "open"
    return "sign in" if role == "visitor" and page.refused == 403 else str(page.refused)


# Who may send, in which window --------------------------------------------------------------

WINDOWS = {
    "preparing": timedelta(days=-1),
    "open": timedelta(days=1),
    "grace": timedelta(days=11),
    "closed": timedelta(days=14),
}
LATE_SENDERS = frozenset({"agency_clerk", "agency_head", "field_operator"})
MAY_SEND = {
    "preparing": frozenset[str](),
    "open": EVERYONE,
    "grace": LATE_SENDERS,
    "closed": frozenset[str](),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_sending_is_open_to_the_right_people_in_each_window(
    window: str, cast: dict[str, User | None], lead_planner: User, agency: Agency
) -> None:
    start = timezone.now() - timedelta(days=30)
    consultation = factories.make_consultation(
        lead_planner,
        opens_at=start,
        closes_at=start + timedelta(days=10),
        grace_until=start + timedelta(days=13),
    )
    text = factories.make_chapter(consultation, lead_planner)

    sent = {role for role in ROLES if may_send(text, cast[role], start + WINDOWS[window], agency)}

    offered = {
        role
        for role in ROLES
        if can_send(cast[role] or AnonymousUser(), consultation, start + WINDOWS[window])
    }

    assert sent == MAY_SEND[window]
    assert offered == MAY_SEND[window]


def may_send(text: ChapterText, user: User | None, at: Any, agency: Agency) -> bool:
    late = can_send_late(user or AnonymousUser())
    operator = bool(user and user.role == User.Role.FIELD_OPERATOR)
    fields = {
        "agency": agency if late and not operator else None,
        "channel": "assisted" if operator else "web",
    }
    try:
        factories.make_aspiration(text, at=at, **fields)
    except DomainError:
        return False
    return True


def test_an_open_window_means_the_same_in_a_query_and_on_a_row(
    consultation: Consultation,
) -> None:
    moments = [
        moment + step
        for moment in (consultation.opens_at, consultation.closes_at)
        for step in (-timedelta(seconds=1), timedelta(0), timedelta(seconds=1))
    ]

    for at in moments:
        in_query = Consultation.objects.open(at).filter(pk=consultation.pk).exists()
        assert in_query == consultation.is_open(at), at


def test_another_agency_cannot_open_an_aspiration_without_its_pin(
    chapter_text: ChapterText,
    agency: Agency,
    agency_head: User,
    other_clerk: User,
    sign_in: Callable[[User], Client],
) -> None:
    aspiration = factories.make_aspiration(chapter_text, agency=agency, body="Rahasia kami.")
    other = factories.make_agency("Pemerintah Kabupaten Katingan", region_code="62.06")
    factories.make_member(other_clerk, other)
    url = reverse("following:status", args=[aspiration.code])

    mine = sign_in(agency_head).get(url)
    theirs = sign_in(other_clerk).get(url)

    assert "Rahasia kami." in mine.content.decode()
    assert theirs.status_code == 302
