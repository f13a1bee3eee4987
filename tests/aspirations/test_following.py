"""Following an aspiration: by code and PIN, or as its author."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import robots
from accounts.models import Agency, Tally, User
from aspirations import reference
from aspirations.models import Aspiration, Moderation
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.followings import PIN, look_up, page, remembered
from tests.aspirations.sendings import sent
from tests.languages import in_english

WRONG = f"{(int(PIN) + 1) % 1_000_000:06d}"
UNKNOWN = next(
    filter(None, (reference.tidy_code(f"RK28-2222-{sign}") for sign in reference.ALPHABET))
)
MISMATCH = "The number and the PIN do not belong together."
REFUSED = "Too many wrong PINs from here."
TRIES = 5
HOSTILE = "<script>alert(1)</script>"


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
def test_lookup_slows_the_guesser_of_known_and_unknown_codes_alike(
    client: Client, mine: Aspiration, known: bool
) -> None:
    code = mine.code if known else UNKNOWN

    answers = [look_up(client, code, WRONG).content.decode() for _try in range(TRIES + 1)]

    assert [MISMATCH in answer for answer in answers] == [True] * TRIES + [False]
    assert REFUSED in answers[-1]
    assert REFUSED in look_up(client, code, PIN).content.decode()


def test_lookup_opens_for_the_sender_while_a_guesser_is_refused(
    client: Client, mine: Aspiration
) -> None:
    for _try in range(TRIES * 3):
        refused = look_up(client, mine.code, WRONG).content.decode()

    assert REFUSED in refused
    assert look_up(Client(REMOTE_ADDR="10.1.2.3"), mine.code, PIN).status_code == 302


def test_lookup_lets_a_guesser_try_twenty_times_a_day(client: Client, mine: Aspiration) -> None:
    refused = []
    for _hour in range(6):
        Tally.objects.filter(until__lt=timezone.now() + timedelta(hours=1)).delete()
        answers = [look_up(client, mine.code, WRONG).content.decode() for _try in range(TRIES)]
        refused.append([REFUSED in answer for answer in answers])

    assert refused == [[False] * TRIES] * 4 + [[True] * TRIES] * 2


def test_lookup_with_the_right_pin_uses_up_no_tries(client: Client, mine: Aspiration) -> None:
    for _try in range(TRIES + 1):
        assert look_up(client, mine.code, PIN).status_code == 302


def test_lookup_limits_wrong_tries_over_many_codes(
    client: Client, mine: Aspiration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "wrong-pin", ((2, robots.MINUTES),))
    for _try in range(2):
        look_up(client, UNKNOWN, PIN)

    answer = look_up(client, mine.code, PIN)

    assert REFUSED in answer.content.decode()
    assert look_up(Client(REMOTE_ADDR="10.1.2.3"), mine.code, PIN).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_lookup_of_many_guesses_at_once_lets_exactly_the_limit_pass(mine: Aspiration) -> None:
    answers: list[str] = []
    together = threading.Barrier(16)

    def guess() -> None:
        client = Client()
        together.wait(timeout=10)
        answers.append(look_up(client, mine.code, WRONG).content.decode())
        connections.close_all()

    guessers = [threading.Thread(target=guess) for _number in range(16)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()

    assert sum(MISMATCH in answer for answer in answers) == TRIES
    assert sum(REFUSED in answer for answer in answers) == 16 - TRIES


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
    response = in_english(client).post(reverse("following:lookup"), data)

    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert HOSTILE not in response.content.decode()


def test_lookup_fills_in_the_code_of_a_link(client: Client, mine: Aspiration) -> None:
    response = client.get(reverse("following:lookup"), {"kode": mine.code})

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
    remembered(unlocked, unlocked={mine.code: 1.0})

    assert unlocked.get(reverse("following:status", args=[mine.code])).status_code == 302


def test_author_sees_the_status_without_a_pin(
    sign_in: Callable[[User], Client],
    resident: User,
    other_resident: User,
    chapter_text: ChapterText,
) -> None:
    aspiration = factories.make_aspiration(chapter_text, account=resident)
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
    aspiration = factories.make_aspiration(chapter_text, agency=agency, account=agency_clerk)
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
    mine.accept(by=planner)

    content = page(unlocked, "status", mine)

    steps = ("We received your aspiration.", "A planner began", "accepted and shown to the public")
    places = [content.index(step) for step in steps]
    assert places == sorted(places)
    assert "Rahasia" not in content


def test_status_shows_the_answer_as_a_letter(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.accept(by=planner)
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
    other = factories.make_accepted(
        chapter_text, planner, body="Badan orang lain.", contact_email="lain@contoh.id"
    )
    mine.merge(into=other, by=planner)
    other.respond(by=planner, disposition="noted", reason="Satu jawaban untuk keduanya.")

    content = page(unlocked, "status", mine)

    assert "Satu jawaban untuk keduanya." in content
    assert other.code in content
    assert "Badan orang lain." not in content
    assert "lain@contoh.id" not in content


def test_status_of_a_joined_one_shows_its_own_state_when_the_other_is_withdrawn(
    unlocked: Client, mine: Aspiration, planner: User, chapter_text: ChapterText
) -> None:
    other = factories.make_accepted(chapter_text, planner)
    mine.merge(into=other, by=planner)
    other.respond(by=planner, disposition="noted", reason="Rahasia orang lain.")
    assert "Rahasia" in page(unlocked, "status", mine)

    other.withdraw()

    assert "Rahasia" not in page(unlocked, "status", mine)


@pytest.mark.parametrize("verb", ["return_", "refuse"])
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
