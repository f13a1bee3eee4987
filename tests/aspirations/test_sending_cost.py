"""What a sending costs: few statements, one commit, and no session for a stranger."""

import secrets
import threading
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import robots
from accounts.models import Tally, User
from aspirations.models import Aspiration, Author
from aspirations.views import browser
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.sendings import address, check, filled, post, receipt, send, sent
from tests.languages import in_english

PLAN = 3  # its consultation, its chapters, the regencies: what no form of this plan asks again
COOKIE = settings.BROWSER_COOKIE_NAME


def statements(act: Callable[[], object]) -> list[str]:
    """What the database is told meanwhile, each as its first words."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [" ".join(query["sql"].split()[:3]) for query in captured.captured_queries]


# Statements ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("mail", "told"), [("", 0), ("rina@contoh.id", 2)])
def test_send_is_one_transaction_of_few_statements(
    client: Client, chapter_text: ChapterText, mail: str, told: int
) -> None:
    said = statements(lambda: send(client, chapter_text, contact_email=mail))

    assert said.count("BEGIN") == said.count("COMMIT") == 1
    began, ended = said.index("BEGIN"), said.index("COMMIT")
    tables = ["aspiration", "author", "receipt", "event", *(["delivery"] if mail else [])]
    assert said[began + 1 : ended] == [
        *(f'INSERT INTO "aspirations_{table}"' for table in tables),
        "INSERT INTO accounts_tally",
    ], "counting comes last: neighbours behind one address wait for one commit only"
    assert len(said) == PLAN + 8 + told


def test_check_reads_the_plan_and_nothing_else(
    client: Client, chapter_text: ChapterText, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(PLAN):
        check(client, chapter_text)


def test_receipt_is_one_question(
    client: Client, chapter_text: ChapterText, django_assert_num_queries: Any
) -> None:
    sent(client, chapter_text, contact_email="rina@contoh.id")

    with django_assert_num_queries(1):
        receipt(client)


# Counting -----------------------------------------------------------------------------------


def test_the_same_form_sent_again_is_counted_once(
    client: Client, chapter_text: ChapterText
) -> None:
    answers = filled()

    for _time in range(3):
        post(client, chapter_text, answers, "send")

    assert Tally.objects.get().count == 1


def test_what_is_refused_is_neither_kept_nor_counted(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", ((2, robots.MINUTES),))

    codes = [send(Client(), chapter_text).status_code for _number in range(4)]

    assert codes == [302, 302, 429, 429]
    assert Author.objects.count() == Aspiration.objects.count() == 2
    assert Tally.objects.get().count == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_at_one_instant_exactly_the_limit_passes(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(robots.LIMITS, "address", ((3, robots.MINUTES),))
    together = threading.Barrier(8)
    codes: list[int] = []

    def tap() -> None:
        together.wait(timeout=30)
        codes.append(send(Client(), chapter_text).status_code)
        connections.close_all()

    taps = [threading.Thread(target=tap) for _number in range(8)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()

    assert sorted(codes) == [302] * 3 + [429] * 5
    assert Aspiration.objects.count() == 3


def test_a_code_that_is_taken_gives_way_to_another(
    chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = chain("2222", "2222", "3333", repeat("4"))
    monkeypatch.setattr(secrets, "choice", lambda _signs: next(signs))

    codes = [factories.make_aspiration(chapter_text).code for _time in range(2)]

    assert [code[:9] for code in codes] == ["RK28-2222", "RK28-3333"]


# The cookie ---------------------------------------------------------------------------------


def test_a_stranger_s_way_leaves_no_session_and_few_cookies(chapter_text: ChapterText) -> None:
    client, answers, names = Client(), filled(), []
    place, steps = address(chapter_text), ("check", "send")

    answered = [
        client.get(place),
        *(client.post(place, answers | {"step": step}) for step in steps),
        client.get(reverse("sending:receipt")),
    ]
    names = [sorted(answer.cookies) for answer in answered]

    token = settings.CSRF_COOKIE_NAME
    assert [answer.status_code for answer in answered] == [200, 200, 302, 200]
    assert names == [[token], [token], [COOKIE], []]
    assert not Session.objects.exists()


def test_cookie_is_for_the_server_alone_and_short(
    client: Client, chapter_text: ChapterText
) -> None:
    for _number in range(robots.SESSION_LIMIT):
        send(client, chapter_text)

    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/aspirasi/")
    assert cookie["max-age"] == browser.RECEIPT_SECONDS
    assert len(cookie.value) < browser.LONGEST
    assert reverse("following:lookup").startswith(cookie["path"])


def forged(cookie: str) -> str:
    return cookie[:-1] + ("A" if cookie[-1] != "A" else "B")


def foreign(cookie: str) -> str:
    said = signing.loads(cookie, salt=browser.SALT)
    return signing.dumps(said, salt="aspirations.another", compress=True)


def too_long(cookie: str) -> str:
    said = signing.loads(cookie, salt=browser.SALT)
    more = {secrets.token_hex(8): 1e12 for _number in range(400)}
    return signing.dumps(said | {"unlocked": said["unlocked"] | more}, salt=browser.SALT)


@pytest.mark.parametrize("spoilt", [forged, foreign, too_long, lambda _cookie: "nonsense"])
def test_cookie_that_is_not_ours_is_as_if_there_were_none(
    client: Client, chapter_text: ChapterText, spoilt: Callable[[str], str]
) -> None:
    aspiration = sent(client, chapter_text)
    client.cookies[COOKIE] = spoilt(client.cookies[COOKIE].value)

    assert client.get(reverse("sending:receipt")).status_code == 302
    status = client.get(reverse("following:status", args=[aspiration.code]))
    assert status.status_code == 302
    assert send(client, chapter_text).status_code == 302


def test_cookie_is_good_for_no_longer_than_a_receipt(
    client: Client, chapter_text: ChapterText, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(client, chapter_text)
    said = signing.loads(client.cookies[COOKIE].value, salt=browser.SALT)
    said["receipts"][0]["until"] = 1e12
    with monkeypatch.context() as before:
        before.setattr("time.time", lambda moment=said["sent"][0]: moment - 7201)
        client.cookies[COOKIE] = signing.dumps(said, salt=browser.SALT)

    assert client.get(reverse("sending:receipt")).status_code == 302


def test_signing_out_forgets_what_was_sent(
    sign_in: Callable[[User], Client], resident: User, chapter_text: ChapterText
) -> None:
    client = sign_in(resident)
    aspiration = sent(client, chapter_text)
    assert aspiration.code in receipt(client)

    in_english(client).post(reverse("account_logout"))

    assert client.cookies[COOKIE].value == ""
    assert client.get(reverse("sending:receipt")).status_code == 302
