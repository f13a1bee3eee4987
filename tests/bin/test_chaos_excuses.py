"""What bin/chaos excuses: what broke while something was broken on purpose, and nothing else."""

import random
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bin.tools.chaos import excuses
from bin.tools.chaos.browser import Browser, RequestBroke
from bin.tools.chaos.faults import Fault
from bin.tools.chaos.mailserver import Mail, Repeat
from bin.tools.chaos.verdict import Verdict
from bin.tools.chaos.watching import STRIKES_WITHIN, Watch
from rkpd_portal.localstack.ports import HOST

MAIL = Mail("warga.1@contoh.id", "event-1")


def broke(asked: float, ended: float, status: int = 500) -> RequestBroke:
    made = RequestBroke(asked, str(status or "ConnectionRefusedError"), "/", status)
    made.ended = ended
    return made


def judged(
    faults: list[Fault],
    repeats: list[Repeat] | None = None,
    broken: list[RequestBroke] | None = None,
) -> Verdict:
    verdict = Verdict()
    excuses.judge(faults, repeats or [], broken or [], verdict)
    return verdict


# Requests that did not work -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "ended", "is_excused"),
    [
        (9.0, 9.9, False),  # ended before the fault
        (9.0, 10.1, True),  # was on its way
        (12.0, 12.1, True),  # while it was down
        (14.9, 15.0, True),  # within the grace
        (15.1, 15.2, False),
    ],
)
def test_server_error_is_excused_from_a_fault_until_the_portal_works_again(
    asked: float, ended: float, *, is_excused: bool
) -> None:
    faults = [Fault("restart PostgreSQL", 10.0, "", over=14.0)]

    assert bool(judged(faults, broken=[broke(asked, ended)]).unexcused_errors) != is_excused


@pytest.mark.parametrize(
    ("kind", "status", "is_excused"),
    [
        ("restart PostgreSQL", 500, True),
        ("terminate backend", 500, True),
        ("kill -9 web", 500, False),  # a web that is dead answers nothing
        ("kill -9 web", 0, True),
        ("kill -9 backend", 0, True),
        ("kill -9 broker", 500, False),  # pages need no broker
        ("media disk full", 500, False),  # nor do they write files
        ("kill -9 worker", 0, False),
    ],
)
def test_only_a_fault_of_what_answers_excuses(kind: str, status: int, *, is_excused: bool) -> None:
    faults = [Fault(kind, 10.0, "", over=14.0)]

    assert bool(judged(faults, broken=[broke(12, 12, status)]).unexcused_errors) != is_excused


def test_unexcused_error_says_what_came_before_it() -> None:
    faults = [Fault("kill -9 beat", 10.0, ""), Fault("flush broker", 20.0, "")]

    verdict = judged(faults, broken=[broke(12.5, 13), broke(1, 2)])

    assert verdict.sentences() == [
        "unexcused_errors: 500 at /, 2.5 s after kill -9 beat",
        "unexcused_errors: 500 at /, before any fault",
    ]


@contextmanager
def answering(raw: bytes) -> Iterator[int]:
    """The port of a server that says this to everybody."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(raw)

    with socketserver.TCPServer((HOST, 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("raw", "how", "status"),
    [
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "503", 503),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<p>", "IncompleteRead", 0),
        (b"HTT", "BadStatusLine", 0),
        (b"", "RemoteDisconnected", 0),
    ],
)
def test_browser_says_how_a_request_broke(raw: bytes, how: str, status: int) -> None:
    chance = random.Random(1)  # noqa: S311
    with answering(raw) as port, pytest.raises(RequestBroke) as broke:
        Browser([port], "10.0.0.1", chance).get("/")

    assert (str(broke.value), broke.value.status) == (f"{how} at /", status)


def test_fault_is_over_when_all_webs_are_ready_after_it_struck() -> None:
    before = time.monotonic() - STRIKES_WITHIN
    fault, unnoticed = Fault("kill -9 web", before, ""), Fault("kill -9 beat", before, "")
    young = Fault("kill -9 backend", before + 60, "")
    made = [fault, unnoticed, young]

    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as port, answering(b"HTT") as broken:
        Watch([port, broken], made).look()
        awaited = Watch([port], made).awaited()
        Watch([port], made).look()

    assert awaited == [fault, young]
    assert Watch([port], made).awaited() == [young], "it may not have struck yet"
    assert before < fault.over <= time.monotonic()


# Messages that came again -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "before", "is_excused"),
    [
        ("kill -9 worker", 9.5, True),  # told, and killed before it was noted
        ("kill -9 worker child", 10.5, True),
        ("restart PostgreSQL", 11.0, True),  # taken up before, and could not be noted
        ("terminate backend", 9.0, True),
        ("kill -9 worker", 7.9, False),
        ("kill -9 worker", 12.1, False),
        ("kill -9 reports worker", 9.5, False),  # sends no mail
        ("flush broker", 9.5, False),
        ("freeze worker", 9.5, False),  # its lease is longer
    ],
)
def test_repeat_is_excused_by_a_fault_of_its_sender_while_it_was_sent(
    kind: str, before: float, *, is_excused: bool
) -> None:
    verdict = judged([Fault(kind, 10.0, "")], [Repeat(MAIL, before, before + 30)])

    assert verdict.repeated == 1
    assert bool(verdict.unexcused_repeats) != is_excused
    assert not verdict.duplicated


def test_fault_excuses_no_more_messages_than_its_sender_had_in_hand() -> None:
    faults = [Fault("kill -9 worker child", 10.0, ""), Fault("kill -9 worker", 10.5, "")]

    verdict = judged(faults, [Repeat(MAIL, 10.0, 40.0)] * 4)

    assert verdict.unexcused_repeats == [
        "warga.1@contoh.id got event-1 again after 30.0 s",
    ]


def test_repeat_that_came_before_the_lease_ran_out_is_not_excused() -> None:
    faults = [Fault("kill -9 backend", 10.0, "")]

    assert judged(faults, [Repeat(MAIL, 10.0, 15.0)]).unexcused_repeats
    assert not judged(faults, [Repeat(MAIL, 10.0, 40.0)]).unexcused_repeats


def test_worker_that_stood_still_was_sending_for_longer() -> None:
    faults = [Fault("freeze worker", 5.0, "for 7.9 s"), Fault("kill -9 worker", 10.0, "")]

    assert not judged(faults, [Repeat(MAIL, 4.9, 40.0)]).unexcused_repeats
    assert judged(faults[1:], [Repeat(MAIL, 4.9, 40.0)]).unexcused_repeats
