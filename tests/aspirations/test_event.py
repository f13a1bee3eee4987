"""Events: what they attest, what the database refuses, and two at once."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations.checking import findings
from aspirations.models import Aspiration, Delivery, Event
from consultations.models import ChapterText, Consultation
from tests import factories


def test_event_is_a_message_only_for_news_and_with_an_address(
    chapter_text: ChapterText, planner: User
) -> None:
    silent = factories.make_aspiration(chapter_text)
    heard = factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    for aspiration in (silent, heard):
        aspiration.start_review(by=planner)
        aspiration.accept(by=planner)

    waiting = Delivery.objects.waiting().values_list("event__aspiration", "event__verb")
    assert list(waiting) == [(heard.pk, "submitted"), (heard.pk, "accepted")]


def test_record_holds_through_a_whole_life(
    chapter_text: ChapterText, consultation: Consultation, planner: User
) -> None:
    one = factories.make_answered(chapter_text, planner)
    two = factories.make_aspiration(chapter_text)
    two.merge(into=one, by=planner)
    one.note("Catatan.", by=planner)
    one.withdraw()

    assert Event.objects.count() == 9, "with the joined one's answer and return"
    assert list(findings(consultation)) == []


# Everything but these may never change; a column that is added later is final by itself.
LIVES = {
    "supplement",
    "moderation",
    "moderation_reason",
    "merged_into_id",
    "disposition",
    "changes_text",
    "assignee_id",
}
FINAL = sorted({field.attname for field in Aspiration._meta.concrete_fields} - LIVES)
OTHER = {
    "region_id": "'62.06'",
    "regency_id": "'62.06'",
    "submitted_at": "now() + interval '1 day'",
    "affair_field_id": "'1.01'",
    "consent_publish": "NOT consent_publish",
}


def carry_out(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("column", [name for name in FINAL if name != "search_vector"])
def test_database_refuses_to_change_an_original(aspiration: Aspiration, column: str) -> None:
    number = column == "id" or (column.endswith("_id") and column != "chapter_id")
    other = OTHER.get(column) or (f"coalesce({column}, 0) + 1" if number else "'lain'")
    if column in ("chapter_id", "block_id"):
        other = "gen_random_uuid()"

    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        carry_out(f"UPDATE aspirations_aspiration SET {column} = {other}")  # noqa: S608

    aspiration.refresh_from_db()
    assert aspiration.digest() == aspiration.original_sha256


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE aspirations_response SET reason = 'lain'",
        "UPDATE aspirations_response SET disposition = 'noted'",
        "UPDATE aspirations_response SET at = now() + interval '1 day'",
        "DELETE FROM aspirations_response",
    ],
)
def test_database_refuses_to_change_or_delete_a_response(
    chapter_text: ChapterText, planner: User, deed: str
) -> None:
    factories.make_answered(chapter_text, planner)

    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        carry_out(deed)


def test_database_refuses_to_change_or_delete_a_receipt(aspiration: Aspiration) -> None:
    for deed in (
        "UPDATE aspirations_receipt SET pin_digest = ''",
        "UPDATE aspirations_receipt SET key_digest = ''",
        "DELETE FROM aspirations_receipt",
    ):
        with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
            carry_out(deed)


def test_database_refuses_to_delete_an_aspiration(aspiration: Aspiration) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM aspirations_event")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM aspirations_aspiration")

    assert Aspiration.objects.count() == Event.objects.count() == 1


def test_database_refuses_to_change_an_event(aspiration: Aspiration) -> None:
    event = aspiration.events.get()

    for change in ({"words": "lain"}, {"at": timezone.now()}, {"evidence": {}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**change)


# Two at once -------------------------------------------------------------------------------


def at_once(*deeds: Callable[[], object]) -> list[Exception | None]:
    """Run the deeds in threads that start together; what each of them raised."""
    together = threading.Barrier(len(deeds))
    outcomes: list[Exception | None] = []

    def run(deed: Callable[[], object]) -> None:
        try:
            together.wait()
            deed()
            outcomes.append(None)
        except DomainError as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_give_one_decision(
    aspiration: Aspiration, consultation: Consultation, planner: User, lead_planner: User
) -> None:
    mine = Aspiration.objects.get(pk=aspiration.pk)
    yours = Aspiration.objects.get(pk=aspiration.pk)

    outcomes = at_once(
        lambda: mine.start_review(by=planner), lambda: yours.start_review(by=lead_planner)
    )

    aspiration.refresh_from_db()
    assert [type(error) for error in outcomes if error] == [AlreadyDone]
    assert [event.verb for event in aspiration.events.all()] == ["submitted", "review_started"]
    assert aspiration.events.get(verb="review_started").by == aspiration.assignee
    assert list(findings(consultation)) == []


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_leave_one_in_force(
    accepted: Aspiration, consultation: Consultation, planner: User
) -> None:
    copies = [Aspiration.objects.get(pk=accepted.pk) for _ in range(4)]

    outcomes = at_once(
        *(
            lambda copy=copy: copy.respond(by=planner, disposition="noted", reason="Kami catat.")
            for copy in copies
        )
    )

    assert outcomes == [None] * 4
    assert accepted.responses.filter(superseded_at=None).count() == 1
    assert accepted.responses.count() == 4
    assert list(findings(consultation)) == []
