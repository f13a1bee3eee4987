"""Whatever changes what readers see raises the edition, when it is committed and not before."""

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.db.models import Model

from accounts.models import Agency, User
from aspirations.models import Aspiration, Tag
from consultations.editions import Part, Terms, Watch
from consultations.models import (
    AffairField,
    Change,
    ChapterText,
    Consultation,
    ForumSession,
    PlanCycle,
    Priority,
    Region,
)
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def watch() -> Watch:
    seen = Watch()
    seen.look()
    return seen


def raised(watch: Watch, consultation: Consultation | None = None) -> set[str]:
    """The parts whose edition rises when the watch looks now."""
    key = consultation.pk if consultation else None
    terms = {part: Terms((part,), key) for part in Part}
    before = {part: one.edition(watch.counts) for part, one in terms.items()}
    watch.look()
    return {str(part) for part, one in terms.items() if one.edition(watch.counts) != before[part]}


VERBS: dict[str, tuple[Callable[[Aspiration, User], object], set[str]]] = {
    "accept": (lambda one, by: one.accept(by=by), {"voices"}),
    "refuse": (lambda one, by: one.refuse(by=by, reason="Bukan urusan provinsi."), {"voices"}),
    "withdraw": (lambda one, by: one.withdraw(by=by), {"voices"}),
    "tag": (lambda one, by: one.set_tags(names=["Jalan"], by=by), {"voices"}),
    "erase": (lambda one, by: one.erase_author(by=by), {"voices"}),
    "start_review": (lambda one, by: one.start_review(by=by), set()),
    "note": (lambda one, by: one.note("Tanya dinas.", by=by), set()),
}


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_raise_what_readers_see(
    verb: str, aspiration: Aspiration, planner: User, watch: Watch
) -> None:
    deed, parts = VERBS[verb]
    watch.look()

    deed(aspiration, planner)

    assert raised(watch, aspiration.consultation) == parts


def test_sending_changes_nothing_but_figures(chapter_text: ChapterText, watch: Watch) -> None:
    watch.look()

    factories.make_aspiration(chapter_text)

    assert raised(watch) == set()


def test_answer_raises(accepted: Aspiration, planner: User, watch: Watch) -> None:
    watch.look()

    accepted.respond(by=planner, disposition="noted", reason="Kami catat.", reason_code="other")

    assert raised(watch, accepted.consultation) == {"voices"}


def test_publishing_raises_but_not_writing(
    consultation: Consultation, lead_planner: User, watch: Watch
) -> None:
    watch.look()
    text = factories.make_chapter(consultation, lead_planner, published=False)
    assert raised(watch, consultation) == set()

    text.publish(by=lead_planner)

    assert raised(watch, consultation) == {"plan"}


def test_released_report_raises(
    consultation: Consultation, chapter_text: ChapterText, official: User, watch: Watch
) -> None:
    report = factories.make_report(consultation, official, edition="public")
    watch.look()

    report.release(by=official)

    assert raised(watch, consultation) == {"plan"}


COLUMNS: dict[type[Model], tuple[str, str]] = {
    Consultation: ("introduction", "plan"),
    PlanCycle: ("organiser_name", "plan"),
    ForumSession: ("venue", "plan"),
    Region: ("name", "plan"),
    AffairField: ("name", "plan"),
    Priority: ("title", "plan"),
    Agency: ("name", "plan"),
    Tag: ("name", "voices"),
    User: ("name", "voices"),
}


@pytest.mark.parametrize("model", COLUMNS)
def test_what_administrators_change_raises_everywhere(
    model: type[Model], consultation: Consultation, watch: Watch
) -> None:
    column, part = COLUMNS[model]
    watch.look()

    model._default_manager.update(**{column: "Lain"})

    assert raised(watch, consultation) == {part}


UNSEEN_VERBS = {
    "aspirations_event": {"submitted", "review_started", "returned", "completed", "noted"},
    "consultations_planevent": {
        *("text_added", "text_changed", "text_moved", "text_removed", "text_restored"),
        "frozen",
    },
    "reports_reportevent": {"requested", "claimed", "advanced", "ready", "failed", "retried"},
}


@pytest.mark.parametrize("table", UNSEEN_VERBS)
def test_every_other_verb_raises(table: str) -> None:
    """A verb that somebody adds raises, unless they say here and in the migration that it shows
    nothing to readers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [f"{table}_is_seen"]
        )
        [(trigger,)] = cursor.fetchall()

    condition = re.search(r"verb\S* <> ALL \(string_to_array\('([\w,]*)'", trigger)
    assert condition
    assert set(condition[1].split(",")) == UNSEEN_VERBS[table]


def test_another_consultation_does_not(
    accepted: Aspiration, lead_planner: User, planner: User, watch: Watch
) -> None:
    other = factories.make_consultation(lead_planner, factories.make_cycle(2029))
    watch.look()

    accepted.withdraw()

    assert raised(watch, other) == set()


@pytest.fixture
def slow_transaction(accepted: Aspiration) -> Iterator[tuple[threading.Event, threading.Thread]]:
    """One that withdraws, and commits only when it is told to."""
    withdrawn, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            accepted.withdraw()
            withdrawn.set()
            may_commit.wait()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    withdrawn.wait()
    yield may_commit, thread
    may_commit.set()
    thread.join()


def test_change_is_seen_when_it_is_committed_however_late(
    watch: Watch,
    consultation: Consultation,
    slow_transaction: tuple[threading.Event, threading.Thread],
) -> None:
    """Its row is older than others that were seen before it."""
    may_commit, thread = slow_transaction
    watch.look()
    Consultation.objects.update(introduction="Lain.")
    assert raised(watch, consultation) == {"plan"}
    assert raised(watch, consultation) == set()

    may_commit.set()
    thread.join()

    assert raised(watch, consultation) == {"voices"}
    assert raised(watch, consultation) == set()


def test_other_database_is_believed_nothing(watch: Watch) -> None:
    """After a restore numbers of transactions may begin anew."""
    assert raised(watch) == set()

    connection.close()

    assert raised(watch) == {"plan", "voices"}


def test_old_changes_go(consultation: Consultation, watch: Watch) -> None:
    Consultation.objects.update(introduction="Lain.")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consultations_change SET at = at - interval '3 hours'")
    Consultation.objects.update(introduction="Baru.")

    Change.objects.forget_old()

    assert Change.objects.count() == 1
