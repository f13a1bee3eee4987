"""Whether the servers behind the portal answer: asked with short limits, for monitors."""

import contextlib
import select
import time

import psycopg
import redis
from django.conf import settings
from django.db import connection
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

DATABASE_SECONDS = 2  # to connect, and again to answer
BROKER_SECONDS = 1
CHECKED_WITHIN = 36 * 3600  # seconds; the record is checked every night
# What the last check of the record found and how many seconds ago, and how much has waited for more
# than a minute to be sealed.
RECORD = b"""
SELECT (SELECT findings FROM consultations_recordcheck ORDER BY id DESC LIMIT 1),
       (SELECT extract(epoch FROM now() - max(at))::int FROM consultations_recordcheck),
       (SELECT count(*) FROM consultations_unsealed WHERE at < now() - interval '1 minute')
"""


def database_and_record() -> tuple[bool, str]:
    """Whether PostgreSQL takes a connection and answers a question on it; and a word about the
    record, which is a warning: pages are served all the same.

    The connection is a new one: the limits concern nobody else, and a server that hangs
    cannot hold up the connection that this process keeps for its pages.
    """
    parameters = connection.get_connection_params() | {"connect_timeout": DATABASE_SECONDS}
    try:
        with contextlib.closing(psycopg.connect(**parameters)) as line:
            if _ask(line.pgconn, b"SELECT 1") is None:
                return False, "unknown"
            return True, _in_words(_ask(line.pgconn, RECORD))
    except psycopg.Error:
        return False, "unknown"


def _in_words(answer: PGresult | None) -> str:
    if answer is None:
        return "unknown"
    findings, age, unsealed = (answer.get_value(0, column) for column in range(3))
    if findings and int(findings):
        return "does not hold: see manage.py check_record"
    if unsealed and int(unsealed):
        return "not sealed for more than a minute: is the worker running?"
    if not age or int(age) > CHECKED_WITHIN:
        return "not checked lately"
    return "ok"


def _ask(line: PGconn, question: bytes) -> PGresult | None:
    """Ask and wait here: a limit set in the server (statement_timeout) would hang with it."""
    end = time.monotonic() + DATABASE_SECONDS
    line.send_query(question)
    line.flush()
    while line.is_busy():
        if not _has_data(line.socket, end - time.monotonic()):
            return None
        line.consume_input()
    answer = line.get_result()
    while line.get_result():
        pass
    return answer if answer and answer.status == ExecStatus.TUPLES_OK else None


def _has_data(descriptor: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


def broker_answers() -> bool:
    """Whether the broker says PONG; without a limit of ours the client would wait five seconds."""
    limits = {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **limits) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
