"""Nobody waits for anybody: people send while planners' transactions are open, however large."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone
from psycopg import Cursor

from accounts.models import User
from aspirations.models import Aspiration, Count, Event, Moderation, Tag, Tagging
from consultations.models import ChapterText, Consultation, Seal
from reports.models import Report
from tests import administration, factories
from tests.aspirations import sendings

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, SENDINGS, ROWS, ACCEPTED = 32, 3, 10_000, 200


def apart(deed: Callable[[], object]) -> object:
    """Do it on a connection of its own that would rather fail than wait for somebody's lock."""
    outcome: list[object] = []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            outcome.append(deed())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    (found,) = outcome
    return found


def test_resident_sends_while_a_planner_s_transaction_is_open(
    aspiration: Aspiration, chapter_text: ChapterText, planner: User
) -> None:
    with transaction.atomic():
        aspiration.accept(by=planner)
        aspiration.respond(by=planner, disposition="noted", reason="Kami catat.")
        aspiration.note("Catatan.", by=planner)

        sent = apart(lambda: factories.make_aspiration(chapter_text))
        seen = apart(lambda: Aspiration.objects.count())

    assert isinstance(sent, Aspiration)
    assert seen == 2, "committed while the other transaction was open"
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)[:2]) == [
        "submitted",
        "accepted",
    ]


def test_planners_work_on_different_aspirations_at_once(
    chapter_text: ChapterText, planner: User, lead_planner: User
) -> None:
    mine, yours, joined = (factories.make_accepted(chapter_text, planner) for _time in range(3))

    with transaction.atomic():
        mine.respond(by=planner, disposition="noted", reason="Kami catat.")

        apart(lambda: joined.merge(into=yours, by=lead_planner))
        apart(lambda: yours.withdraw())

    joined.refresh_from_db()
    assert joined.moderation == Moderation.SUBMITTED, "it came back when the other was withdrawn"


def test_residents_send_while_reports_are_asked_for_and_released(
    accepted: Aspiration, chapter_text: ChapterText, consultation: Consultation, planner: User
) -> None:
    report = factories.make_report(consultation, planner, edition="public")

    with transaction.atomic():
        report.release(by=planner)
        Report.objects.request(consultation, by=planner)

        assert apart(lambda: factories.make_aspiration(chapter_text))


def test_sealer_waits_for_nobody_and_misses_nobody(
    aspiration: Aspiration, consultation: Consultation, chapter_text: ChapterText, planner: User
) -> None:
    """What commits late is sealed late, though its key is lower than that of others."""
    Seal.objects.seal(consultation.pk)
    with transaction.atomic():
        late = aspiration.note("Catatan.", by=planner)
        early = apart(lambda: factories.make_aspiration(chapter_text).events.get())
        first = apart(lambda: Seal.objects.seal(consultation.pk))
    second = Seal.objects.seal(consultation.pk)

    assert isinstance(early, Event)
    assert isinstance(first, Seal)
    assert early.pk > late.pk
    assert second
    assert second.size == first.size + 1


def test_nobody_waits_for_the_counts_and_the_folder_waits_for_nobody(
    aspiration: Aspiration, chapter_text: ChapterText, planner: User
) -> None:
    """Each open transaction has noted its change of the same count; folding leaves those alone."""
    with watched() as waiting, transaction.atomic():
        aspiration.accept(by=planner)
        apart(lambda: factories.make_aspiration(chapter_text))
        apart(lambda: Count.objects.fold())
        apart(lambda: factories.make_accepted(chapter_text, planner))
        seen = apart(lambda: Count.objects.of().by("moderation"))
        own = Count.objects.of().by("moderation")

    assert waiting == []
    assert seen == {"submitted": 2, "accepted": 1}
    assert own == {"submitted": 1, "accepted": 2}
    Count.objects.fold()
    assert Count.objects.of().by("moderation") == own


def test_two_sealers_at_once_seal_each_event_once(
    chapter_text: ChapterText, consultation: Consultation
) -> None:
    for _time in range(30):
        factories.make_aspiration(chapter_text)
    recorded = Event.objects.count() + consultation.events.count()

    threads = [threading.Thread(target=seal, args=[consultation.pk]) for _time in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    newest = Seal.objects.newest(consultation.pk)
    assert newest
    assert newest.size == recorded


def seal(consultation_id: int) -> None:
    Seal.objects.seal(consultation_id, wait=True)
    connections.close_all()


# Many at once -------------------------------------------------------------------------------


def waiting_for_locks(cursor: Cursor) -> list[str]:
    """What waits for somebody's lock at this moment: the kind of lock, the statement, and whose
    statement holds it.

    Whoever lengthens a table's file (*extend*) holds that up for the instant it takes, whatever
    its transaction does: that is no lock of another's.
    """
    cursor.execute(
        "SELECT concat_ws(' | ', wait_event, query, (SELECT string_agg(other.query, ' | ')"
        " FROM pg_stat_activity AS other WHERE other.pid = ANY (pg_blocking_pids(one.pid))))"
        " FROM pg_stat_activity AS one WHERE wait_event_type = 'Lock' AND wait_event <> 'extend'"
        " AND datname = current_database()"
    )
    found = [waiting for (waiting,) in cursor]
    cursor.connection.commit()  # within one transaction the view would not change
    return found


@contextmanager
def watched() -> Iterator[list[str]]:
    """Look at pg_stat_activity again and again: what waited for a lock of another meanwhile."""
    waiting: list[str] = []
    over = threading.Event()

    def look() -> None:
        with administration.with_triggers() as cursor:
            while not over.is_set():
                waiting.extend(waiting_for_locks(cursor))
                time.sleep(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield waiting
    finally:
        over.set()
        thread.join()


class Senders:
    """Browsers that send one aspiration after the other, and would rather fail than wait for a
    lock: whoever waits for their end holds a transaction open meanwhile.
    """

    def __init__(self, text: ChapterText, clients: int) -> None:
        self.text, self.sent = text, list[str]()
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=[n]) for n in range(clients)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Each sends SENDINGS at least."""
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def run(self, number: int) -> None:
        times = count()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            while (time_ := next(times)) < SENDINGS or not self.enough.is_set():
                client = Client(REMOTE_ADDR=f"10.{number}.{time_}.1")
                words = f"Mohon dermaga nomor {number}-{time_} dibangun."
                response = sendings.send(client, self.text, body=words)
                assert response.status_code == 302
                self.sent.append(words)
        finally:
            connections.close_all()


def kept() -> set[str]:
    """The words that others see already."""
    found = apart(lambda: set(Aspiration.objects.values_list("body", flat=True)))
    assert isinstance(found, set)
    return found


def copy_many(original: Aspiration) -> None:
    """ROWS aspirations more, as quickly as the database can: they are only there to be changed."""
    fields = [f.column for f in Aspiration._meta.concrete_fields if f.column != "search_vector"]
    others = ", ".join(name for name in fields if name not in ("id", "code"))
    with connection.cursor() as cursor:
        statement = (
            f"INSERT INTO aspirations_aspiration (code, {others})"  # noqa: S608
            f" SELECT 'X' || number, {others} FROM aspirations_aspiration,"
            " generate_series(1, %s) AS number WHERE id = %s"
        )
        cursor.execute(statement, [ROWS, original.pk])


def act_on_all(consultation: Consultation, by: User) -> None:
    """A bulk act as a planner might carry it out: every row locked, changed and recorded."""
    rows = consultation.aspirations.filter(code__startswith="X").order_by("pk")
    pks = [pk for (pk,) in rows.select_for_update(no_key=True).values_list("pk")]
    rows.update(moderation=Moderation.IN_REVIEW, assignee=by)
    verb, at = Event.Verb.REVIEW_STARTED, timezone.now()
    Event.objects.bulk_create(
        Event(aspiration_id=pk, consultation=consultation, verb=verb, by=by, at=at) for pk in pks
    )


@pytest.mark.slow
def test_32_clients_send_while_a_bulk_act_of_10000_rows_runs(
    aspiration: Aspiration, chapter_text: ChapterText, consultation: Consultation, planner: User
) -> None:
    copy_many(aspiration)
    senders = Senders(chapter_text, CLIENTS)

    with watched() as waiting, transaction.atomic():
        act_on_all(consultation, planner)
        senders.start()
        senders.end()
        seen = kept()

    assert waiting == []
    assert len(senders.sent) == CLIENTS * SENDINGS
    assert seen >= set(senders.sent), "all of it was kept while the bulk act was still open"
    newest = Seal.objects.seal(consultation.pk)
    assert newest
    assert newest.size >= ROWS + len(senders.sent)


@pytest.mark.slow
def test_8_clients_send_while_a_planner_accepts_hundreds_in_one_transaction(
    chapter_text: ChapterText, consultation: Consultation, planner: User
) -> None:
    """The verb itself, again and again: whatever else it locks or records would show here."""
    waited_for = [factories.make_aspiration(chapter_text) for _time in range(ACCEPTED)]
    senders = Senders(chapter_text, 8)

    with watched() as waiting, transaction.atomic():
        senders.start()
        for one in waited_for:
            one.accept(by=planner)
        senders.end()
        seen = kept()

    assert waiting == []
    assert len(senders.sent) >= 8 * SENDINGS
    assert seen >= set(senders.sent), "all of it was kept while the acceptances were still open"
    accepted = consultation.aspirations.filter(moderation=Moderation.ACCEPTED)
    assert accepted.count() == Event.objects.filter(verb="accepted").count() == ACCEPTED
    newest = Seal.objects.seal(consultation.pk)
    assert newest
    assert newest.size >= 2 * ACCEPTED + len(senders.sent)


# New tags -----------------------------------------------------------------------------------


def until_two_wait() -> None:
    """Raises AssertionError if that does not come about."""
    with administration.with_triggers() as cursor:
        for _time in range(500):
            if len(waiting_for_locks(cursor)) == 2:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waits.")


@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        (["Embung", "Mata air", "Zona"], ["Zona", "Mata air", "Embung"]),
        (["Embung", "Mata air", "Zona"], ["(Zona)", "Mata air", "Émbung"]),
    ],
    ids=["in opposite order", "spelled so that they stand in opposite order"],
)
def test_two_planners_give_the_same_new_tags_in_opposite_order_at_once(
    chapter_text: ChapterText, planner: User, lead_planner: User, mine: list[str], yours: list[str]
) -> None:
    """A third one holds the tag in the middle until both wait, as if each had made its first."""
    failed: list[Exception] = []

    def give(names: list[str], by: User) -> None:
        try:
            factories.make_aspiration(chapter_text).set_tags(names=names, by=by)
        except Exception as error:  # noqa: BLE001 (the test says which)
            failed.append(error)
        finally:
            connections.close_all()

    pairs = ((mine, planner), (yours, lead_planner))
    threads = [threading.Thread(target=give, args=pair) for pair in pairs]
    with administration.with_triggers() as cursor:
        cursor.execute(
            "INSERT INTO aspirations_tag (facet, slug, name, definition, position)"
            " VALUES ('free', 'mata-air', 'Mata air', '', 0)"
        )
        for thread in threads:
            thread.start()
        until_two_wait()
        cursor.connection.rollback()
        for thread in threads:
            thread.join()

    assert failed == []
    assert Tag.objects.filter(facet=Tag.Facet.FREE).count() == 3
    assert Tagging.objects.count() == 6
