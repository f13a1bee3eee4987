"""Whether the servers behind the portal answer: asked with short limits, for monitors."""

import contextlib
import select
import time

import psycopg
import redis
from django.conf import settings
from django.db import connection
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

DATABASE_SECONDS = 2  # to connect, and again to answer
BROKER_SECONDS = 1


def database_answers() -> bool:
    """Whether PostgreSQL takes a connection and answers a question on it.

    The connection is a new one: the limits concern nobody else, and a server that hangs
    cannot hold up the connection that this process keeps for its pages.
    """
    parameters = connection.get_connection_params() | {"connect_timeout": DATABASE_SECONDS}
    try:
        with contextlib.closing(psycopg.connect(**parameters)) as line:
            return _answers(line.pgconn)
    except psycopg.Error:
        return False


def _answers(line: PGconn) -> bool:
    """Ask and wait here: a limit set in the server (statement_timeout) would hang with it."""
    end = time.monotonic() + DATABASE_SECONDS
    line.send_query(b"SELECT 1")
    line.flush()
    while line.is_busy():
        if not _has_data(line.socket, end - time.monotonic()):
            return False
        line.consume_input()
    answer = line.get_result()
    return answer is not None and answer.status == ExecStatus.TUPLES_OK


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
