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
# What the last check of the record found and how many seconds ago, how much has waited for more
# than a minute to be sealed, and how many messages were given up within a week.
STATE = b"""
SELECT (SELECT findings FROM consultations_recordcheck ORDER BY id DESC LIMIT 1),
       (SELECT extract(epoch FROM now() - max(at))::int FROM consultations_recordcheck),
       (SELECT count(*) FROM consultations_unsealed WHERE at < now() - interval '1 minute'),
       (SELECT count(*) FROM aspirations_delivery
        WHERE outcome = 'given_up' AND ended_at > now() - interval '7 days'
          AND address <> 'erased-' || id)
"""


def database_and_state() -> tuple[bool, str, str]:
    """Whether PostgreSQL takes a connection and answers a question on it; and a word about the
    record and one about messages, which are warnings: pages are served all the same.

    The connection is a new one: the limits concern nobody else, and a server that hangs
    cannot hold up the connection that this process keeps for its pages.
    """
    parameters = connection.get_connection_params() | {"connect_timeout": DATABASE_SECONDS}
    try:
        with contextlib.closing(psycopg.connect(**parameters)) as line:
            if _ask(line.pgconn, b"SELECT 1") is None:
                return False, "unknown", "unknown"
            answer = _ask(line.pgconn, STATE)
    except psycopg.Error:
        return False, "unknown", "unknown"
    if answer is None:
        return True, "unknown", "unknown"
    return True, _of_the_record(answer), _of_messages(answer)


def _of_messages(answer: PGresult) -> str:
    given_up = int(answer.get_value(0, 3) or 0)
    return f"{given_up} given up within a week: see the administration" if given_up else "ok"


def _of_the_record(answer: PGresult) -> str:
    findings, age, unsealed = (answer.get_value(0, column) for column in range(3))
    if findings and int(findings):
        return "does not hold: see manage.py check_record"
    if unsealed and int(unsealed):
        return "not sealed for more than a minute: is the worker running?"
    if not age:
        return "not checked yet"
    if int(age) > CHECKED_WITHIN:
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
