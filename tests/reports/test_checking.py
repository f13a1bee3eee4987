"""check_record: it is silent about an honest record, and finds every way of tampering with one."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from aspirations.models import Event
from consultations.models import Leaf, RecordCheck, Seal
from reports.models import Report
from tests import administration
from tests.reports.recording import check

pytestmark = pytest.mark.django_db(transaction=True)


def test_check_finds_nothing_in_an_honest_record(report: Report) -> None:
    assert check() == []
    assert RecordCheck.objects.newest().findings == 0  # type: ignore[union-attr]
    recorded = Event.objects.count() + report.consultation.events.count()
    assert Leaf.objects.count() == recorded + report.consultation.report_events.count()


SET_BACK = """
    DELETE FROM aspirations_event WHERE verb = 'withdrawn';
    DELETE FROM reports_reportevent;
    DELETE FROM consultations_leaf WHERE index >= (
        SELECT min(index) FROM consultations_leaf WHERE kind = 'report');
    DELETE FROM consultations_seal WHERE size > (SELECT max(index) + 1 FROM consultations_leaf);
"""
TAMPERINGS = {
    "all events deleted": ("DELETE FROM aspirations_event", "event is gone"),
    "the last ones deleted": (
        "DELETE FROM aspirations_event WHERE verb = 'withdrawn'",
        "event is gone",
    ),
    "the last ones deleted and the head set back": (SET_BACK, "Outside the database a seal"),
    "events truncated": ("TRUNCATE aspirations_event CASCADE", "event is gone"),
    "aspirations truncated": ("TRUNCATE aspirations_aspiration CASCADE", "event is gone"),
    "log truncated": ("TRUNCATE consultations_leaf, consultations_seal, consultations_tile",
        "Outside the database a seal"),
    "everything truncated": (
        "TRUNCATE consultations_consultation CASCADE",
        "outside the database a seal",
    ),
    "words rewritten": (
        "UPDATE aspirations_aspiration SET body = 'Kami puas.'",
        "the author's words are not those that came in",
    ),
    "words and digest rewritten": (
        "UPDATE aspirations_aspiration SET original_sha256 = repeat('0', 64)",
        "the author's words are not those that came in",
    ),
    "another place": ("UPDATE aspirations_aspiration SET block_id = NULL, channel = 'paper'",
        "not as the last event left them"),
    "a response": ("UPDATE aspirations_response SET reason = 'lain'", "its answers are not those"),
    "an old response": (
        "UPDATE aspirations_response SET reason = 'lain' WHERE superseded_at IS NOT NULL",
        "its answers are not those",
    ),
    "a response taken away": (
        "DELETE FROM aspirations_response WHERE superseded_at IS NOT NULL",
        "its answers are not those",
    ),
    "a response brought back": (
        "UPDATE aspirations_response SET superseded_at = now() WHERE disposition = 'noted';"
        "UPDATE aspirations_response SET superseded_at = NULL WHERE disposition <> 'noted'",
        "not as the last event left them",
    ),
    "a disposition": (
        "UPDATE aspirations_aspiration SET disposition = 'accommodated' WHERE disposition='noted'",
        "not as the last event left them",
    ),
    "a moderation": (
        "UPDATE aspirations_aspiration SET moderation = 'accepted' WHERE moderation = 'withdrawn'",
        "not as the last event left them",
    ),
    "a consent": (
        "UPDATE aspirations_aspiration SET consent_publish = NOT consent_publish",
        "not as the last event left them",
    ),
    "a name": ("UPDATE aspirations_author SET display_name = 'Orang Lain'", "its author is not"),
    "an address": ("UPDATE aspirations_author SET contact_email = 'x@y.id'", "its author is not"),
    "a person erased without a trace": (
        "UPDATE aspirations_author SET display_name = '', salt = '', erased_at = now()",
        "erased without a trace",
    ),
    "a supplement": (
        "UPDATE aspirations_aspiration SET supplement = '' WHERE supplement <> ''",
        "not as the last event left them",
    ),
    "an event's words": (
        "UPDATE aspirations_event SET words = 'lain' WHERE verb = 'returned'",
        "is not the one that was sealed",
    ),
    "an event's time": (
        "UPDATE aspirations_event SET at = at + interval '1s' WHERE verb = 'returned'",
        "is not the one that was sealed",
    ),
    "another actor": (
        "UPDATE aspirations_event SET by_id = NULL WHERE verb = 'returned'",
        "is not the one that was sealed",
    ),
    "state and event": (
        "UPDATE aspirations_aspiration SET supplement = '' WHERE supplement <> '';"
        "UPDATE aspirations_event SET evidence = evidence - 'state' WHERE verb = 'completed'",
        "attests what no such event does",
    ),
    "an event that never was": (
        "INSERT INTO aspirations_event"
        " (aspiration_id, consultation_id, verb, by_id, at, words, evidence, key)"
        " SELECT aspiration_id, consultation_id, 'noted', by_id, at, 'lain', evidence, key"
        " FROM aspirations_event LIMIT 1",
        "never noted for the log",
    ),
    "a snapshot row": (
        "UPDATE reports_snapshotrow SET data = data || '{\"body\": \"lain\"}' WHERE position = 1",
        "frozen data",
    ),
    "a name in a snapshot row": (
        "UPDATE reports_snapshotrow SET data = data || '{\"author\": \"lain\"}'",
        "Names in the frozen data",
    ),
    "a snapshot row less": ("DELETE FROM reports_snapshotrow WHERE position = 3", "frozen data"),
    "a snapshot and its digest": (
        "UPDATE reports_snapshot SET sha256 = repeat('0', 64)",
        "its file or its data are not",
    ),
    "a report's digest": (
        "UPDATE reports_report SET sha256 = repeat('0', 64) WHERE state = 'ready'",
        "its file or its data are not",
    ),
    "a snapshot set back": ("UPDATE reports_snapshot SET taken_at = NULL", "its file or its data"),
    "a snapshot less": ("DELETE FROM reports_snapshot", "its event is gone"),
    "a snapshot of another log": (
        "UPDATE reports_snapshot SET log_size = 0, log_root = ''",
        "its file or its data",
    ),
    "a report's edition": (
        "UPDATE reports_report SET edition = 'internal'",
        "what was asked for is not",
    ),
    "a report's size": ("UPDATE reports_report SET size = 2 WHERE state = 'ready'", "its file or"),
    "who asked for a report": (
        "UPDATE reports_report SET requested_by_id = released_by_id WHERE state = 'ready'",
        "who asked for it",
    ),
    "when a report was ready": (
        "UPDATE reports_report SET ready_at = ready_at - interval '1 day'",
        "when it was ready",
    ),
    "when a report was released": (
        "UPDATE reports_report SET released_at = released_at - interval '1 day'",
        "it was released without a trace, or otherwise",
    ),
    "a report nobody asked for": (
        "INSERT INTO reports_report SELECT (jsonb_populate_record(r, jsonb_build_object('id', 999,"
        " 'code', 'LK28-X', 'file', 'x'))).* FROM reports_report r WHERE state = 'ready'",
        "LK28-X: its state",
    ),
    "a report released": (
        "UPDATE reports_report SET released_at = now() WHERE released_at IS NULL",
        "released without a trace",
    ),
    "a seal": ("UPDATE consultations_seal SET root = repeat('0', 64)", "is not the root"),
    "a seal less": (
        "DELETE FROM consultations_seal WHERE size = (SELECT max(size) FROM consultations_seal)",
        "the seals end before",
    ),
    "an old seal less": (
        "DELETE FROM consultations_seal WHERE size = (SELECT min(size) FROM consultations_seal)",
        "The seal over ",
    ),
    "an author less": ("DELETE FROM aspirations_author", "its author is gone"),
    "no event that attests a state": (
        "UPDATE aspirations_event SET evidence = evidence - 'state'",
        "no event says where it stands",
    ),
    "events exchanged with their places": (
        "UPDATE aspirations_event SET id = -id WHERE verb IN ('accepted', 'withdrawn');"
        "UPDATE consultations_leaf SET row = -row WHERE kind = 'aspiration' AND row IN"
        " (SELECT -id FROM aspirations_event WHERE id < 0)",
        "events have changed places",
    ),
    "a state attested by a note": (
        "UPDATE aspirations_event SET verb = 'noted' WHERE verb = 'withdrawn'",
        "attests what no such event does",
    ),
    "when a seal was made": (
        "UPDATE consultations_seal SET at = at - interval '1 day'"
        " WHERE size = (SELECT min(size) FROM consultations_seal)",
        "its time or the seals before it",
    ),
    "all seals linked anew": (
        "UPDATE consultations_seal SET link = repeat('0', 64)",
        "not the one that is kept elsewhere",
    ),
    "a row noted again": (
        "INSERT INTO consultations_unsealed (consultation_id, kind, row)"
        " SELECT consultation_id, 'plan', id FROM consultations_planevent LIMIT 1",
        "more events (plan) are noted",
    ),
    "an event moved away": (
        "UPDATE aspirations_event SET consultation_id = 999999 WHERE verb = 'returned'",
        "is not the one that was sealed",
    ),
    "an aspiration moved away": (
        "UPDATE aspirations_aspiration SET consultation_id = 999999 WHERE supplement <> ''",
        "is not the one that was sealed",
    ),
    "evidence that is none": (
        "UPDATE aspirations_event SET evidence = '[]' WHERE verb = 'returned'",
        "attests what no such event does",
    ),
    "evidence of another shape": (
        "UPDATE consultations_planevent SET evidence = '{\"texts\": 3}'"
        " WHERE verb = 'chapter_published'",
        "that no deed of the portal writes (TypeError)",
    ),
    "an unsealed row with evidence that is none": (
        "INSERT INTO consultations_planevent"
        " (consultation_id, verb, by_id, at, words, evidence, key)"
        " SELECT consultation_id, 'planned', by_id, at, '', '3', 'x'"
        " FROM consultations_planevent LIMIT 1;"
        "INSERT INTO consultations_unsealed (consultation_id, kind, row, at)"
        " SELECT consultation_id, 'plan', max(id), '2026-01-01' FROM consultations_planevent"
        " GROUP BY consultation_id",
        "have waited for hours",
    ),
    "a leaf": ("UPDATE consultations_leaf SET hash = sha256('x') WHERE index = 1",
        "is not the root"),
    "a leaf less": ("DELETE FROM consultations_leaf WHERE index = 1", "Entry 1 of the log"),
    "published text": (
        "UPDATE consultations_blocktext SET rendered = '<p>Lain.</p>'",
        "the published text was changed",
    ),
    "published text as it is quoted": (
        "UPDATE consultations_blocktext SET html = '<p>Lain.</p>'",
        "the published text was changed",
    ),
    "a chapter taken out": (
        "UPDATE consultations_chapter SET retired_at = now()",
        "the published text was changed",
    ),
    "a chapter's number": (
        "UPDATE consultations_chapter SET number = number + 20",
        "the published text was changed",
    ),
    "a draft said to be complete": (
        "UPDATE consultations_draft SET published_at = now()",
        "Which drafts are complete",
    ),
    "the dates": (
        "UPDATE consultations_consultation SET closes_at = closes_at + interval '1 day'",
        "Stage or dates",
    ),
    "a chapter published in silence": (
        "UPDATE consultations_chaptertext SET published_at = now() WHERE published_at IS NULL",
        "published without a trace",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_check_finds(report: Report, what: str) -> None:
    statement, sentence = TAMPERINGS[what]

    with administration.without_triggers() as cursor:
        cursor.execute(statement)

    found = check()
    assert any(sentence in line for line in found), found
    assert RecordCheck.objects.newest().findings == len(found)  # type: ignore[union-attr]


def test_portal_itself_may_neither_truncate_nor_switch_off_a_trigger(report: Report) -> None:
    for deed in (
        "TRUNCATE aspirations_event CASCADE",
        "TRUNCATE consultations_unsealed",
        "ALTER TABLE aspirations_event DISABLE TRIGGER USER",
        "DROP TRIGGER aspirations_event_is_final ON aspirations_event",
        "ALTER TABLE aspirations_event ADD COLUMN x int",
        "DROP TABLE consultations_seal",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "CREATE TABLE x (y int)",
        "CREATE TEMPORARY TABLE consultations_unsealed (y int)",
        "CREATE SCHEMA x",
        "SET session_replication_role = replica",
        "CREATE ROLE another SUPERUSER",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            carry_out(deed)


def test_functions_of_triggers_look_for_tables_in_one_place_only(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, proconfig FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public' AND prorettype = 'trigger'::regtype"
        )
        found = dict(cursor.fetchall())

    assert len(found) >= 7
    assert set(map(str, found.values())) == {"['search_path=pg_catalog, public, pg_temp']"}


NOUNS = {
    "accounts_userevent": "an event of an account",
    "aspirations_aspiration": "the original of an aspiration",
    "aspirations_author": "an author",
    "aspirations_delivery": "a delivery",
    "aspirations_event": "an event",
    "aspirations_receipt": "a receipt",
    "aspirations_response": "a response",
    "consultations_blocktext": "published text",
    "consultations_chaptertext": "published text",
    "consultations_leaf": "a leaf of the log",
    "consultations_planevent": "an event of the plan",
    "consultations_recordcheck": "a check of the record",
    "consultations_seal": "a seal",
    "consultations_tile": "a tile of the log",
    "consultations_unsealed": "what waits to be sealed",
    "reports_report": "a report",
    "reports_reportevent": "an event of a report",
    "reports_snapshot": "a snapshot that was taken",
    "reports_snapshotrow": "a row of a snapshot",
}


@pytest.mark.parametrize("table", NOUNS)
def test_database_refuses_to_truncate_even_for_its_owner(report: Report, table: str) -> None:
    """By a trigger of the table itself: another table's says another noun."""
    refused = pytest.raises(Exception, match=f"^{NOUNS[table]} is final")
    with administration.with_triggers() as cursor, refused:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE consultations_seal SET root = ''",
        "DELETE FROM consultations_leaf",
        "UPDATE consultations_tile SET level = 1",
        "UPDATE aspirations_author SET display_name = 'lain'",
        "DELETE FROM aspirations_author",
        "UPDATE aspirations_author SET salt = '', erased_at = now()",
        "UPDATE reports_snapshotrow SET data = '{}'",
        "INSERT INTO reports_snapshotrow"
        " (snapshot_id, aspiration_id, position, is_public, data, author_sha256)"
        " SELECT snapshot_id, aspiration_id, 99, true, data, '' FROM reports_snapshotrow LIMIT 1",
    ],
)
def test_database_refuses(report: Report, deed: str) -> None:
    Seal.objects.seal(report.consultation.pk)
    with administration.without_triggers() as cursor:
        cursor.execute(
            "INSERT INTO consultations_tile (consultation_id, level, index, hash)"
            " SELECT id, 1, 0, '' FROM consultations_consultation"
        )

    with pytest.raises(IntegrityError, match="is final"):
        carry_out(deed)


def carry_out(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
