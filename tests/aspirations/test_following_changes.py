"""What an author does afterwards: complete, withdraw, list what was sent."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agency, User
from aspirations.models import Aspiration, Moderation
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.followings import page, press
from tests.languages import in_english

# Completing ---------------------------------------------------------------------------------


def test_complete_adds_to_the_original(unlocked: Client, mine: Aspiration, planner: User) -> None:
    mine.return_(by=planner, reason="Desa mana?")
    assert "Desa mana?" in page(unlocked, "complete", mine)

    response = press(unlocked, "complete", mine, words="Desa Tumbang.\r\nRT 2")

    mine.refresh_from_db()
    assert response.status_code == 302
    assert mine.moderation == Moderation.SUBMITTED
    assert mine.supplement == "Desa Tumbang.\nRT 2"
    assert mine.body == "Kata-kata saya sendiri."


def test_complete_pressed_twice_adds_once(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    answers = [press(unlocked, "complete", mine, words="Desa Tumbang.") for _tap in range(2)]

    mine.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert mine.supplement == "Desa Tumbang."


@pytest.mark.parametrize("text", ["", " \x00 ", "x" * 2001])
def test_complete_needs_words_that_fit(
    unlocked: Client, mine: Aspiration, planner: User, text: str
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    response = press(unlocked, "complete", mine, words=text)

    assert "error-summary" in response.content.decode()
    mine.refresh_from_db()
    assert mine.moderation == Moderation.RETURNED


@pytest.mark.parametrize(
    ("text", "found"),
    [("NIK saya 6203125503900001.", "NIK"), ("Telepon 0812 3456 7890.", "telephone number")],
)
def test_complete_asks_once_more_before_it_shows_a_number_to_everyone(
    unlocked: Client, mine: Aspiration, planner: User, text: str, found: str
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    doubtful = press(unlocked, "complete", mine, words=text).content.decode()

    assert found in doubtful
    assert text in doubtful
    assert 'name="sure"' in doubtful
    mine.refresh_from_db()
    assert mine.supplement == ""
    press(unlocked, "complete", mine, words=text, sure="on")
    mine.refresh_from_db()
    assert mine.supplement == text


def test_complete_leaves_no_reason_behind(
    unlocked: Client, mine: Aspiration, planner: User
) -> None:
    mine.return_(by=planner, reason="Desa mana?")

    press(unlocked, "complete", mine, words="Desa Tumbang.")

    mine.refresh_from_db()
    assert mine.moderation_reason == ""
    assert mine.events.filter(verb="returned", words="Desa mana?").exists()


def test_complete_keeps_the_text_when_it_can_no_longer_be_added(
    unlocked: Client, mine: Aspiration
) -> None:
    answer = press(unlocked, "complete", mine, words="Teks yang tidak boleh hilang.")

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
    mine.accept(by=planner)

    answers = [press(unlocked, "withdraw", mine) for _tap in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not Aspiration.objects.public().exists()
    assert mine.events.filter(verb="withdrawn").count() == 1
    assert "You withdrew it" in page(unlocked, "status", mine)


# My aspirations -----------------------------------------------------------------------------


def listed(client: Client, **query: Any) -> str:
    response = in_english(client).get(reverse("following:mine"), query)
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
    make(chapter_text, account=resident, body="Dari warga.")
    make(chapter_text, account=other_resident, body="Dari warga lain.")
    make(chapter_text, entered_by=field_operator, body="Diketik petugas.")
    make(chapter_text, account=agency_clerk, agency=agency, body="Dari instansi.")
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
            factories.make_aspiration(chapter_text, account=resident)
        listed(client)
        with CaptureQueriesContext(connection) as captured:
            listed(client)
        return len(captured)

    assert queries(1) == queries(19)


@pytest.mark.parametrize("number", ["0", "999", "abc"])
def test_mine_answers_odd_page_numbers(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText, number: str
) -> None:
    factories.make_aspiration(chapter_text, account=resident, body="Dari warga.")

    assert "Dari warga." in listed(sign_in(resident), page=number)
