"""What monitors are told, also when a server takes the connection and then says nothing."""

import json
import socket
import socketserver
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from aspirations.models import Delivery
from consultations.models import ChapterText, Consultation, RecordCheck, Seal, Unsealed
from tests import administration, factories
from tests.processes import environment, web_server

PATIENCE = 15  # seconds of the client; only a guard against waiting for ever
# PostgreSQL's AuthenticationOk, ParameterStatus and ReadyForQuery.
SIGNED_IN = b"R\0\0\0\x08\0\0\0\0S\0\0\0\x18server_version\x0018.0\0Z\0\0\0\x05I"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections (the kernel does it) and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A server that sends what `answer` makes of each message; nothing when that is empty."""

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while message := self.request.recv(4096):
                self.request.sendall(answer(message))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as listening:
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def greet_like_postgres(message: bytes) -> bytes:
    """Refuse TLS, let everybody in, answer no question."""
    kind = message[4:8]
    return {b"\x04\xd2\x16\x2f": b"N", b"\x00\x03\x00\x00": SIGNED_IN}.get(kind, b"")


def ask(address: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_ready_portal_says_so_and_leaves_its_own_connection_alone(
    db: Any, client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/readyz")

    assert response.status_code == 200
    state = response.json()
    assert state == {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "record": "not checked yet",
        "messages": "ok",
    }
    assert "connect_timeout" not in connection.get_connection_params()


@pytest.mark.processes
def test_database_that_never_answers_makes_the_portal_unready(
    db: Any, silent_port: int, tmp_path: Path, unused_tcp_port: int
) -> None:
    env = environment(DATABASE_URL=f"postgres://portal:x@127.0.0.1:{silent_port}/portal")

    with web_server(unused_tcp_port, env, tmp_path / "log") as address:
        status, state = ask(address)

    assert status == 503
    assert state == {
        "status": "unready",
        "database": "unreachable",
        "broker": "ok",
        "record": "unknown",
        "messages": "unknown",
    }


@pytest.mark.processes
def test_database_that_falls_silent_makes_the_portal_unready(
    db: Any, tmp_path: Path, unused_tcp_port: int
) -> None:
    with server(greet_like_postgres) as port:
        env = environment(DATABASE_URL=f"postgres://portal:x@127.0.0.1:{port}/portal")
        with web_server(unused_tcp_port, env, tmp_path / "log") as address:
            status, state = ask(address)

    assert status == 503
    assert state["database"] == "unreachable"


@pytest.mark.processes
def test_broker_that_never_answers_is_reported_and_pages_stay_ready(
    transactional_db: Any, silent_port: int, tmp_path: Path, unused_tcp_port: int
) -> None:
    env = environment(REDIS_URL=f"redis://127.0.0.1:{silent_port}/0")

    with web_server(unused_tcp_port, env, tmp_path / "log") as address:
        status, state = ask(address)

    assert status == 200
    assert state == {
        "status": "ok",
        "database": "ok",
        "broker": "unreachable",
        "record": "not checked yet",
        "messages": "ok",
    }


@pytest.mark.django_db(transaction=True)
def test_record_that_does_not_hold_or_is_not_sealed_is_a_warning(
    client: Client, consultation: Consultation
) -> None:
    def said() -> str:
        response = client.get("/readyz")
        assert response.status_code == 200, "pages are served all the same"
        return str(response.json()["record"])

    RecordCheck.objects.note([])
    fresh = said()
    Unsealed.objects.update(at=timezone.now() - timedelta(minutes=2))
    late = said()
    Seal.objects.seal(consultation.pk)
    sealed = said()
    RecordCheck.objects.note(["Sesuatu."])
    broken = said()
    RecordCheck.objects.note([])
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE consultations_recordcheck SET at = at - interval '3 days'")

    assert fresh == sealed == "ok"
    assert late.startswith("not sealed")
    assert broken.startswith("does not hold")
    assert said() == "not checked lately"


@pytest.mark.django_db(transaction=True)
def test_messages_that_were_given_up_within_a_week_are_a_warning(
    client: Client, chapter_text: ChapterText
) -> None:
    for _time in range(3):
        factories.make_aspiration(chapter_text, contact_email="rina@contoh.id")
    first, second, third = Delivery.objects.all()
    first.claim()
    first.end(Delivery.Outcome.REFUSED)

    def said() -> str:
        response = client.get("/readyz")
        assert response.status_code == 200, "pages are served all the same"
        return str(response.json()["messages"])

    before = said()
    for delivery in (second, third):
        delivery.claim()
        delivery.end(Delivery.Outcome.GIVEN_UP)
    both = said()
    Delivery.objects.filter(pk=second.pk).update(ended_at=timezone.now() - timedelta(days=8))
    one = said()
    Delivery.objects.filter(pk=third.pk).update(ended_at=timezone.now() - timedelta(days=8))

    assert before == "ok"
    assert both.startswith("2 given up")
    assert one.startswith("1 given up")
    assert said() == "ok"


def test_short_questions_are_neither_compiled_nor_shared_out(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
        cursor.execute("SHOW max_parallel_workers_per_gather")
        assert cursor.fetchone() == ("0",)
