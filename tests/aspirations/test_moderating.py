"""The planners' desk, as planners see it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from aspirations.models import Aspiration, Disposition, Moderation, Tag
from consultations.models import BlockText, ChapterText
from tests import factories
from tests.languages import in_english

HTMX = {"HX-Request": "true", "HX-Target": "pane"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUEUE = "/kelola/aspirasi/"
FILLED = {
    "return": {"missing": "Sebutkan desanya."},
    "refuse": {"refusal": "Menyebut nama tetangga."},
    "merge": {"into": "RK28-XXXX-X", "confirmed": "1"},
    "tags": {"names": "jalan desa"},
    "respond": {"disposition": "noted", "reason": "Kami catat."},
    "note": {"words": "Tanya dulu ke dinas."},
}


@pytest.fixture
def desk(planner: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(planner)


def text(response: Any) -> str:
    return response.content.decode()


def post(desk: Client, name: str, aspiration: Aspiration, **data: Any) -> Any:
    """Press a button on a page that was opened a moment ago, or when `shown` was the last step."""
    url = reverse(f"moderating:{name}", args=[aspiration.code])
    page = {"shown": factories.last_step(aspiration)}
    return in_english(desk).post(f"{url}?tampilan=all", page | data)


def page(desk: Client, aspiration: Aspiration) -> str:
    return text(in_english(desk).get(f"{QUEUE}{aspiration.code}/"))


# One aspiration ----------------------------------------------------------------------------


def test_same_address_is_a_page_or_a_pane(desk: Client, aspiration: Aspiration) -> None:
    url = reverse("moderating:aspiration", args=[aspiration.code])

    whole = in_english(desk).get(url)
    pane = in_english(desk).get(url, headers=HTMX)

    assert "<html" in text(whole)
    assert "<html" not in text(pane)
    assert 'id="pane"' in text(pane)
    assert pane["HX-Push-Url"] == "false"
    assert aspiration.body in text(whole)
    assert aspiration.body in text(pane)


@pytest.mark.parametrize("code", ["RK28-XXXX-X", "nonsense", "RK28-4F7K-2" * 30])
def test_unknown_code_is_not_found(desk: Client, code: str) -> None:
    assert desk.get(f"{QUEUE}{code}/").status_code == 404


def test_page_shows_staff_the_contact_and_the_fingerprint(
    desk: Client, chapter_text: ChapterText
) -> None:
    aspiration = factories.make_aspiration(
        chapter_text, contact_email="rina@contoh.id", contact_phone="0812-000", show_name=False
    )

    shown = page(desk, aspiration)

    assert "rina@contoh.id" in shown
    assert "0812-000" in shown
    assert aspiration.original_sha256 in shown
    assert "matches the text" in shown
    assert "Rina Lestari" in shown
    assert aspiration.receipt.pin_digest not in shown


def test_page_warns_when_the_author_did_not_consent(
    desk: Client, chapter_text: ChapterText
) -> None:
    silent = factories.make_aspiration(chapter_text, consent_publish=False)
    agreed = factories.make_aspiration(chapter_text)

    assert "Accepting this will not show it to the public" in page(desk, silent)
    assert "will not show it" not in page(desk, agreed)


def test_hostile_words_are_shown_as_text(desk: Client, chapter_text: ChapterText) -> None:
    fields = ("body", "quote", "suggested_wording", "rationale", "organisation", "position")
    aspiration = factories.make_aspiration(
        chapter_text, display_name=HOSTILE, **dict.fromkeys(fields, HOSTILE)
    )
    post(desk, "note", aspiration, words=HOSTILE)
    post(desk, "tags", aspiration, names="<b>x</b>")
    post(desk, "accept", aspiration)
    post(
        desk,
        "respond",
        aspiration,
        disposition="accommodated",
        reason=HOSTILE,
        text_before=HOSTILE,
        text_after=HOSTILE + "!",
    )

    shown = page(desk, aspiration) + text(desk.get(f"{QUEUE}?tampilan=all&cari={HOSTILE}"))
    shown += text(desk.get(f"{QUEUE}?tampilan=all"))

    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert "<b>x" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_next_and_previous_follow_the_queue(
    desk: Client, chapter_text: ChapterText, planner: User
) -> None:
    one, two, three = (factories.make_aspiration(chapter_text) for _ in range(3))
    two.accept(by=planner)

    response = in_english(desk).get(f"{QUEUE}{two.code}/?tampilan=new")
    newest_first = in_english(desk).get(f"{QUEUE}{two.code}/?tampilan=all")

    assert (response.context["before"], response.context["after"]) == (one.code, three.code)
    context = newest_first.context
    assert (context["before"], context["after"]) == (three.code, one.code)


def test_similar_names_others_on_the_same_block(desk: Client, chapter_text: ChapterText) -> None:
    block = BlockText.objects.get(chapter_text=chapter_text, kind="paragraph").block
    here, there = (factories.make_aspiration(chapter_text, block=block) for _ in range(2))
    factories.make_aspiration(chapter_text, body="Sesuatu berbeda sama sekali.")

    response = in_english(desk).get(f"{QUEUE}{here.code}/")

    assert response.context["similar"] == [there]


def test_page_asks_the_same_number_of_queries_however_much_happened(
    desk: Client, accepted: Aspiration, planner: User, django_assert_num_queries: Any
) -> None:
    page(desk, accepted)
    with CaptureQueriesContext(connection) as first:
        page(desk, accepted)
    for number in range(10):
        accepted.note(f"Catatan {number}", by=planner)
        accepted.set_tags([Tag.objects.named(f"penanda {number}")], by=planner)

    with django_assert_num_queries(len(first)):
        page(desk, accepted)


# What planners do --------------------------------------------------------------------------


def test_whole_way_from_new_to_answered(desk: Client, aspiration: Aspiration) -> None:
    assert "Start the review" in page(desk, aspiration)

    response = post(desk, "start_review", aspiration)
    assert response.status_code == 302
    assert response["Location"] == f"{QUEUE}{aspiration.code}/?tampilan=all"
    post(desk, "accept", aspiration)
    post(desk, "respond", aspiration, disposition="noted", reason="Kami catat.")

    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.ACCEPTED
    assert aspiration.disposition == Disposition.NOTED
    assert "Kami catat." in page(desk, aspiration)


def test_return_and_refuse_take_their_reasons(desk: Client, chapter_text: ChapterText) -> None:
    back, hidden = (factories.make_aspiration(chapter_text) for _ in range(2))

    post(desk, "return", back, **FILLED["return"])
    post(desk, "refuse", hidden, **FILLED["refuse"])

    back.refresh_from_db()
    hidden.refresh_from_db()
    assert (back.moderation, back.moderation_reason) == ("returned", "Sebutkan desanya.")
    assert hidden.moderation_reason == "Menyebut nama tetangga."


@pytest.mark.parametrize("name", ["return", "refuse", "merge", "respond", "note"])
def test_empty_form_is_answered_with_what_to_mend(
    desk: Client, accepted: Aspiration, aspiration: Aspiration, name: str
) -> None:
    found = accepted if name == "respond" else aspiration
    before = found.events.count()

    response = post(desk, name, found)

    assert response.status_code == 200
    assert 'class="error-summary"' in text(response)
    assert found.events.count() == before


@pytest.mark.parametrize("name", FILLED)
def test_words_that_are_too_long_are_refused_and_kept(
    desk: Client, accepted: Aspiration, aspiration: Aspiration, name: str
) -> None:
    value = "x" * 5000
    found = accepted if name == "respond" else aspiration

    response = post(desk, name, found, **dict.fromkeys(FILLED[name], value))

    assert response.status_code == 200
    assert 'class="error-summary"' in text(response)
    assert found.events.count() == (2 if name == "respond" else 1)


@pytest.mark.parametrize("name", ["return", "refuse", "merge", "respond"])
def test_refused_verb_keeps_what_was_typed(
    desk: Client, aspiration: Aspiration, accepted: Aspiration, name: str
) -> None:
    aspiration.withdraw()
    typed = FILLED[name] | ({"into": accepted.code} if name == "merge" else {})

    response = post(desk, name, aspiration, **typed)

    assert 'class="error-summary"' in text(response)
    for value in set(typed.values()) - {"1"}:
        assert value in text(response)
    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.WITHDRAWN


@pytest.mark.parametrize("name", ["accept", "return", "refuse", "merge"])
def test_decision_on_an_old_page_never_overrules_one_made_since(
    desk: Client, aspiration: Aspiration, accepted: Aspiration, lead_planner: User, name: str
) -> None:
    shown = factories.last_step(aspiration)
    aspiration.refuse(by=lead_planner, reason="Menyebut nama tetangga.")
    typed = FILLED.get(name, {}) | ({"into": accepted.code} if name == "merge" else {})

    response = text(post(desk, name, aspiration, **typed, shown=shown))

    assert "in the meantime: “Not accepted” (Lead Planner)" in response
    for value in set(typed.values()) - {"1"}:
        assert value in response
    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.REFUSED


def test_acceptance_of_what_its_author_completed_since_is_refused_until_it_was_read(
    desk: Client, aspiration: Aspiration, planner: User
) -> None:
    shown = factories.last_step(aspiration)
    aspiration.return_(by=planner, reason="Sebutkan desanya.")
    aspiration.complete("Desa Henda.")

    page = post(desk, "accept", aspiration, shown=shown)

    assert "Desa Henda." in text(page)
    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.SUBMITTED
    post(desk, "accept", aspiration, shown=page.context["shown"])
    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.ACCEPTED


@pytest.mark.parametrize(("name", "wrong"), [("note", {"words": ""}), ("tags", {"tags": "x"})])
def test_form_without_a_decision_that_is_wrong_makes_no_later_decision_fail(
    desk: Client, aspiration: Aspiration, name: str, wrong: dict[str, str]
) -> None:
    url = reverse(f"moderating:{name}", args=[aspiration.code])

    shown = in_english(desk).post(url, wrong).context["shown"]

    assert shown == factories.last_step(aspiration)


def test_note_and_tags_of_a_colleague_stand_in_nobody_s_way(
    desk: Client, aspiration: Aspiration, lead_planner: User
) -> None:
    shown = factories.last_step(aspiration)
    aspiration.note("Sudah saya telepon.", by=lead_planner)
    aspiration.set_tags([Tag.objects.get(slug="spatial")], by=lead_planner)

    post(desk, "accept", aspiration, shown=shown)

    aspiration.refresh_from_db()
    assert aspiration.moderation == Moderation.ACCEPTED


@pytest.mark.parametrize("name", ["return", "refuse", "respond", "note"])
def test_signs_that_nobody_sees_are_dropped_from_what_planners_write(
    desk: Client, aspiration: Aspiration, accepted: Aspiration, name: str
) -> None:
    found = accepted if name == "respond" else aspiration
    typed = {
        field: f"a\x00\x0b\x1b{value}\r\nb" if field != "disposition" else value
        for field, value in FILLED[name].items()
    }

    post(desk, name, found, **typed)

    words = found.events.last().words
    assert "\x0b" not in words
    assert "\x1b" not in words
    assert "\x00" not in words
    assert words.endswith("\nb")


def test_tags_are_set_and_new_ones_made_by_name(desk: Client, aspiration: Aspiration) -> None:
    spatial = Tag.objects.get(slug="spatial")

    post(desk, "tags", aspiration, tags=[spatial.pk], names="jalan desa, Jalan Desa , banjir")

    names = set(aspiration.tags.values_list("name", flat=True))
    assert names == {"Spasial", "jalan desa", "banjir"}
    assert "Menetapkan lokasi kegiatan prioritas" in page(desk, aspiration)


@pytest.mark.parametrize("tag", ["abc", "999999", "99999999999999999999999", "\x00"])
def test_tags_refuse_an_unknown_tag(desk: Client, aspiration: Aspiration, tag: str) -> None:
    response = post(desk, "tags", aspiration, tags=[tag])

    assert response.status_code == 200
    assert not aspiration.tags.exists()


def test_tags_with_one_impossible_name_change_nothing(desk: Client, aspiration: Aspiration) -> None:
    response = text(post(desk, "tags", aspiration, names="banjir, !!!"))

    assert "at least one letter or digit" in response
    assert 'value="banjir, !!!"' in response
    assert not Tag.objects.filter(facet=Tag.Facet.FREE).exists()


def test_pane_sends_the_changed_row_and_counts_along(desk: Client, aspiration: Aspiration) -> None:
    url = reverse("moderating:start_review", args=[aspiration.code])

    response = text(in_english(desk).post(f"{url}?tampilan=new", headers=HTMX))

    assert f'id="aspiration-row-{aspiration.code}"' in response
    assert response.count('hx-swap-oob="true"') == 3  # the row, the views, the heading
    assert "You are now looking after" in response


@pytest.mark.parametrize(
    "name",
    ["start_review", "accept", "return", "refuse", "merge", "tags", "respond", "note"],
)
def test_nothing_changes_by_looking(desk: Client, aspiration: Aspiration, name: str) -> None:
    response = desk.get(reverse(f"moderating:{name}", args=[aspiration.code]))

    assert response.status_code == 405
    assert aspiration.events.count() == 1
