"""Following an aspiration: by code and PIN, or as its author."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agency, User
from aspirations import reference, robots
from aspirations.models import Aspiration, Moderation
from aspirations.models.aspiration import PIN_TRIES
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.sendings import ENGLISH, sent

KEY = "a key that only its sender knows"
PIN = reference.pin_for(KEY)
WRONG = f"{(int(PIN) + 1) % 1_000_000:06d}"
UNKNOWN = next(
    filter(None, (reference.tidy_code(f"RK28-2222-{sign}") for sign in reference.ALPHABET))
)
MISMATCH = "The number and the PIN do not belong together."
LOCKED = "Too many wrong PINs."
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def mine(chapter_text: ChapterText) -> Aspiration:
    """An aspiration without an account, whose PIN is known."""
    return factories.make_aspiration(chapter_text, key=KEY, body="Kata-kata saya sendiri.")


@pytest.fixture
def unlocked(client: Client, mine: Aspiration) -> Client:
    """A browser that gave the PIN of `mine`."""
    assert look_up(client, mine.code, PIN).status_code == 302
    return client


def look_up(client: Client, code: str, pin: str) -> HttpResponse:
    data = {"code": code, "pin": pin}
    return client.post(reverse("following:lookup"), data, headers=ENGLISH)  # type: ignore[return-value]


def page(client: Client, name: str, aspiration: Aspiration) -> str:
    response = client.get(reverse(f"following:{name}", args=[aspiration.code]), headers=ENGLISH)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def press(client: Client, name: str, aspiration: Aspiration, **data: Any) -> HttpResponse:
    address = reverse(f"following:{name}", args=[aspiration.code])
    return client.post(address, data, headers=ENGLISH)  # type: ignore[return-value]


# Looking up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2}"])
def test_lookup_understands_a_code_however_it_is_typed(
    client: Client, mine: Aspiration, typed: str
) -> None:
    code = typed.format(mine.code, mine.code.lower().replace("-", " "), mine.code.replace("-", ""))

    response = look_up(client, code, f"{PIN[:3]} {PIN[3:]}")

    assert response["Location"] == reverse("following:status", args=[mine.code])
    assert "Kata-kata saya sendiri." in page(client, "status", mine)


def test_lookup_says_the_same_of_a_wrong_pin_and_an_unknown_code(
    client: Client, mine: Aspiration
) -> None:
    wrong = look_up(client, mine.code, WRONG).content.decode()
    unknown = look_up(client, UNKNOWN, PIN).content.decode()

    assert MISMATCH in wrong
    assert MISMATCH in unknown


def test_lookup_tells_a_typing_mistake(client: Client, mine: Aspiration) -> None:
    spoiled = mine.code[:-1] + ("3" if mine.code[-1] == "2" else "2")

    answer = look_up(client, spoiled, PIN).content.decode()

    assert "A sign in this number is not right." in answer
    assert MISMATCH not in answer


@pytest.mark.parametrize("known", [True, False])
def test_lookup_locks_known_and_unknown_codes_alike(
    client: Client, mine: Aspiration, known: bool
) -> None:
    code = mine.code if known else UNKNOWN

    answers = [look_up(client, code, WRONG).content.decode() for _try in range(PIN_TRIES + 1)]

    assert [MISMATCH in answer for answer in answers] == [True] * PIN_TRIES + [False]
    assert LOCKED in answers[-1]
    assert LOCKED in look_up(client, code, PIN).content.decode()


def test_lookup_limits_wrong_tries_over_many_codes(
    client: Client, mine: Aspiration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "wrong-pin", 2)
    for _try in range(2):
        look_up(client, UNKNOWN, PIN)

    answer = look_up(client, mine.code, PIN)

    assert "Too many wrong PINs from here." in answer.content.decode()
    assert look_up(Client(REMOTE_ADDR="10.1.2.3"), mine.code, PIN).status_code == 302


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"code": "", "pin": ""},
        {"code": "\x00", "pin": "\x00"},
        {"code": "x" * 9999, "pin": "9" * 9999},
        {"code": "RK28-" + "٣" * 5, "pin": "١٢٣٤٥٦"},
        {"code": HOSTILE, "pin": HOSTILE},
    ],
)
def test_lookup_answers_nonsense_with_a_sentence(
    client: Client, mine: Aspiration, data: dict[str, str]
) -> None:
    response = client.post(reverse("following:lookup"), data, headers=ENGLISH)

    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert HOSTILE not in response.content.decode()


def test_lookup_fills_in_the_code_of_a_link(client: Client, mine: Aspiration) -> None:
    response = client.get(reverse("following:lookup"), {"kode": f"{mine.code}\x00"})

    assert f'value="{mine.code}"' in response.content.decode()


# Who may see --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["status", "complete", "withdraw"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_pin_one_is_asked_for_it(
    client: Client, mine: Aspiration, name: str, method: str
) -> None:
    for code in (mine.code, UNKNOWN, "nonsense"):
        response = getattr(client, method)(reverse(f"following:{name}", args=[code]))

        assert response.status_code == 302
        assert response["Location"] == f"{reverse('following:lookup')}?kode={code}"
    mine.refresh_from_db()
    assert mine.moderation == Moderation.SUBMITTED


def test_unlocking_one_code_opens_no_other(unlocked: Client, chapter_text: ChapterText) -> None:
    other = factories.make_aspiration(chapter_text, body="Rahasia orang lain.")

    response = unlocked.get(reverse("following:status", args=[other.code]))

    assert response.status_code == 302


def test_unlocking_lasts_only_a_while(unlocked: Client, mine: Aspiration) -> None:
    session = unlocked.session
    session["unlocked"] = {mine.code: 1.0}
    session.save()

    assert unlocked.get(reverse("following:status", args=[mine.code])).status_code == 302


def test_author_sees_the_status_without_a_pin(
    sign_in: Callable[[User], Client],
    resident: User,
    other_resident: User,
    chapter_text: ChapterText,
) -> None:
    aspiration = factories.make_aspiration(chapter_text, author=resident)
    address = reverse("following:status", args=[aspiration.code])

    assert sign_in(resident).get(address).status_code == 200
    assert sign_in(other_resident).get(address).status_code == 302


def test_everyone_who_acts_for_the_agency_sees_its_aspirations(
    sign_in: Callable[[User], Client],
    agency: Agency,
    agency_clerk: User,
    agency_head: User,
    other_clerk: User,
    chapter_text: ChapterText,
) -> None:
    factories.make_member(other_clerk, factories.make_agency("Dinas Lain", "provincial_agency", ""))
    aspiration = factories.make_aspiration(chapter_text, agency=agency, author=agency_clerk)
    address = reverse("following:status", args=[aspiration.code])

    assert sign_in(agency_head).get(address).status_code == 200
    assert sign_in(other_clerk).get(address).status_code == 302


def test_whoever_just_sent_sees_the_status(client: Client, chapter_text: ChapterText) -> None:
    aspiration = sent(client, chapter_text)

    assert "It waits to be read" in page(client, "status", aspiration)


# The status ---------------------------------------------------------------------------------


def test_status_tells_what_happened_but_not_what_is_internal(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.start_review(by=planner)
    mine.note("Rahasia dapur perencana.", by=planner)
    mine.publish(by=planner)

    content = page(unlocked, "status", mine)

    steps = ("We received your aspiration.", "A planner began", "accepted and shown to the public")
    places = [content.index(step) for step in steps]
    assert places == sorted(places)
    assert "Rahasia" not in content


def test_status_shows_the_answer_as_a_letter(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.publish(by=planner)
    mine.respond(
        by=planner,
        disposition="accommodated",
        reason=f"Kami masukkan ke dalam rencana. {HOSTILE}",
        text_before="Jalan desa perlu diperbaiki.",
        text_after="Jalan desa dan dermaga perlu diperbaiki.",
    )

    content = page(unlocked, "status", mine)

    assert "Kami masukkan ke dalam rencana." in content
    assert HOSTILE not in content
    assert "dan dermaga" in content
    assert planner.name in content


def test_status_shows_the_answer_of_the_aspiration_it_was_joined_with(
    unlocked: Client, mine: Aspiration, planner: User, chapter_text: ChapterText
) -> None:
    other = factories.make_published(
        chapter_text, planner, body="Badan orang lain.", contact_email="lain@contoh.id"
    )
    mine.merge(into=other, by=planner)
    other.respond(by=planner, disposition="noted", reason="Satu jawaban untuk keduanya.")

    content = page(unlocked, "status", mine)

    assert "Satu jawaban untuk keduanya." in content
    assert other.code in content
    assert "Badan orang lain." not in content
    assert "lain@contoh.id" not in content


def test_status_hides_the_answer_of_an_aspiration_that_is_not_public(
    unlocked: Client, mine: Aspiration, planner: User, chapter_text: ChapterText
) -> None:
    other = factories.make_published(chapter_text, planner, consent_publish=False)
    mine.merge(into=other, by=planner)
    other.respond(by=planner, disposition="noted", reason="Rahasia orang lain.")

    assert "Rahasia" not in page(unlocked, "status", mine)


@pytest.mark.parametrize("verb", ["return_", "not_publish"])
def test_status_tells_the_reason(
    unlocked: Client, mine: Aspiration, planner: User, verb: str
) -> None:
    getattr(mine, verb)(by=planner, reason=f"Lokasi belum jelas. {HOSTILE}")

    content = page(unlocked, "status", mine)

    assert "Lokasi belum jelas." in content
    assert HOSTILE not in content


def test_status_works_out_the_fingerprint_anew(unlocked: Client, mine: Aspiration) -> None:
    content = page(unlocked, "status", mine)

    assert mine.original_sha256 in content
    assert "Worked out just now from the words we hold: the same." in content


# Completing ---------------------------------------------------------------------------------


def test_complete_adds_to_the_original(unlocked: Client, mine: Aspiration, planner: User) -> None:
    mine.return_(by=planner, reason="Desa mana?")
    assert "Desa mana?" in page(unlocked, "complete", mine)

    response = press(unlocked, "complete", mine, text="Desa Tumbang.\r\nRT 2")

    mine.refresh_from_db()
    assert response.status_code == 302
    assert mine.moderation == Moderation.SUBMITTED
    assert mine.supplement == "Desa Tumbang.\nRT 2"
    assert mine.body == "Kata-kata saya sendiri."


def test_complete_pressed_twice_adds_once(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    answers = [press(unlocked, "complete", mine, text="Desa Tumbang.") for _tap in range(2)]

    mine.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert mine.supplement == "Desa Tumbang."


@pytest.mark.parametrize("text", ["", " \x00 ", "x" * 2001])
def test_complete_needs_words_that_fit(
    unlocked: Client, mine: Aspiration, planner: User, text: str
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    response = press(unlocked, "complete", mine, text=text)

    assert "error-summary" in response.content.decode()
    mine.refresh_from_db()
    assert mine.moderation == Moderation.RETURNED


def test_complete_keeps_the_text_when_it_can_no_longer_be_added(
    unlocked: Client, mine: Aspiration
) -> None:
    answer = press(unlocked, "complete", mine, text="Teks yang tidak boleh hilang.")

    assert "can no longer be done" in answer.content.decode()
    assert "Teks yang tidak boleh hilang." in answer.content.decode()


def test_complete_is_not_asked_when_nothing_is_missing(unlocked: Client, mine: Aspiration) -> None:
    assert unlocked.get(reverse("following:complete", args=[mine.code])).status_code == 302


# Withdrawing --------------------------------------------------------------------------------


def test_withdraw_first_says_what_it_does(unlocked: Client, mine: Aspiration) -> None:
    content = page(unlocked, "withdraw", mine)

    assert "This cannot be undone." in content
    mine.refresh_from_db()
    assert mine.moderation == Moderation.SUBMITTED


def test_withdraw_pressed_twice_withdraws_once(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.publish(by=planner)

    answers = [press(unlocked, "withdraw", mine) for _tap in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not Aspiration.objects.public().exists()
    assert mine.events.filter(verb="withdrawn").count() == 1
    assert "You withdrew it" in page(unlocked, "status", mine)


# My aspirations -----------------------------------------------------------------------------


def listed(client: Client, **query: Any) -> str:
    response = client.get(reverse("following:mine"), query, headers=ENGLISH)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_mine_lists_what_i_sent_and_nothing_else(
    sign_in: Callable[[User], Client],
    resident: User,
    other_resident: User,
    field_operator: User,
    agency: Agency,
    agency_clerk: User,
    agency_head: User,
    chapter_text: ChapterText,
) -> None:
    make = factories.make_aspiration
    make(chapter_text, author=resident, body="Dari warga.")
    make(chapter_text, author=other_resident, body="Dari warga lain.")
    make(chapter_text, entered_by=field_operator, body="Diketik petugas.")
    make(chapter_text, author=agency_clerk, agency=agency, body="Dari instansi.")
    make(chapter_text, body="Tanpa akun.")
    bodies = {
        "Dari warga.",
        "Dari warga lain.",
        "Diketik petugas.",
        "Dari instansi.",
        "Tanpa akun.",
    }

    def seen(person: User) -> set[str]:
        content = listed(sign_in(person))
        return {body for body in bodies if body in content}

    assert seen(resident) == {"Dari warga."}
    assert seen(field_operator) == {"Diketik petugas."}
    assert seen(agency_clerk) == seen(agency_head) == {"Dari instansi."}


def test_mine_of_someone_who_sent_nothing_says_how_to_begin(
    sign_in: Callable[[User], Client], resident: User
) -> None:
    assert "Nothing sent yet" in listed(sign_in(resident))


def test_mine_asks_the_same_number_of_queries_for_one_row_and_for_twenty(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText
) -> None:
    client = sign_in(resident)

    def queries(rows: int) -> int:
        for _number in range(rows):
            factories.make_aspiration(chapter_text, author=resident)
        listed(client)
        with CaptureQueriesContext(connection) as captured:
            listed(client)
        return len(captured)

    assert queries(1) == queries(19)


@pytest.mark.parametrize("number", ["0", "999", "abc", "\x00"])
def test_mine_answers_odd_page_numbers(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText, number: str
) -> None:
    factories.make_aspiration(chapter_text, author=resident, body="Dari warga.")

    assert "Dari warga." in listed(sign_in(resident), page=number)
