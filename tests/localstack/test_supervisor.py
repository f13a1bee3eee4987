"""bin/run as real processes: up, down, killed, refused, in odd places."""

import os
import shutil
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from rkpd_portal.localstack.folder import CHECKOUT
from rkpd_portal.localstack.ports import HOST
from rkpd_portal.localstack.privileges import other_user
from tests.localstack.closed import copy_of_the_wheel, make_closed_folder, refuse_namespaces
from tests.localstack.runs import Run, owner_url

pytestmark = pytest.mark.processes
Start = Callable[..., Run]


def get(run: Run, path: str) -> int:
    with urllib.request.urlopen(f"{run.address}{path}", timeout=30) as answer:
        status: int = answer.status
        return status


def web(stack: Run) -> psutil.Process:
    return next(child for child in stack.process.children() if "granian" in child.cmdline())


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One stack for the tests that leave it as it was."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("shared") / "var"))
    stack = Run(folder, WEB_PROCESSES="2")
    try:
        yield stack.wait_until_ready()
    finally:
        stack.clear_away()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_answers_and_a_signal_leaves_nothing(
    run: Start, folder: Path, number: signal.Signals
) -> None:
    stack = run(folder).wait_until_ready()
    family = stack.family()

    answers = [get(stack, "/healthz"), get(stack, "/readyz")]
    code = stack.end(number)

    assert answers == [200, 200]
    assert code == 0, stack.text
    assert len(family) >= 6
    assert not [process for process in family if process.is_running()]
    names = ("web", "beat", "worker", "reports", "Valkey")
    order = [stack.text.rindex(f"  {name}\n") for name in names]
    assert order == sorted(order)
    assert stack.text.endswith("  PostgreSQL\n")


def test_run_listens_on_this_computer_only(running: Run) -> None:
    lines = [
        connection
        for process in running.family()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert {connection.laddr.ip for connection in lines} == {HOST}
    assert {connection.laddr.port for connection in lines} >= {running.port}


def test_killed_supervisor_loses_nothing_and_the_next_start_recovers(
    run: Start, folder: Path
) -> None:
    first = run(folder).wait_until_ready()
    family = first.family()
    settings = first.settings()
    with psycopg.connect(owner_url(folder, settings), autocommit=True) as database:
        database.execute("CREATE TABLE kept (word text)")
        database.execute("INSERT INTO kept VALUES ('rotan')")
    with redis.Redis.from_url(settings["REDIS_URL"]) as broker:
        broker.set("kept", "rotan")
        broker.execute_command("WAITAOF", 1, 0, 30_000)

    first.end(signal.SIGKILL)
    second = run(folder).wait_until_ready()

    assert not [process for process in family if process.is_running()]
    settings = second.settings()
    with psycopg.connect(settings["DATABASE_URL"]) as database:
        assert database.execute("SELECT word FROM kept").fetchall() == [("rotan",)]
    with redis.Redis.from_url(settings["REDIS_URL"]) as broker:
        assert broker.get("kept") == b"rotan"


def test_a_lost_web_process_is_made_up_for_while_the_others_answer(running: Run) -> None:
    server = web(running)
    lost, *others = server.children()
    lost.kill()
    lost.wait(60)

    answers = [get(running, "/readyz") for _ in range(40)]
    running.wait_for(lambda: len(server.children()) == 1 + len(others))

    assert others
    assert answers == [200] * 40
    assert server.is_running()
    assert all(other.is_running() for other in others)


def test_dead_children_come_back(running: Run) -> None:
    stack = running
    victims = [child for child in stack.process.children() if not is_clock(child)]

    for victim in victims:
        victim.kill()
    stack.wait_for(lambda: stack.text.count("ended by itself") == 5)
    stack.wait_for(lambda: is_answering(stack))
    stack.wait_for(lambda: len(stack.process.children()) == 6)

    assert "worker ended by itself (signal 9)" in stack.text
    assert not {victim.pid for victim in victims} & {c.pid for c in stack.process.children()}


def is_clock(process: psutil.Process) -> bool:
    return "beat" in process.cmdline()


def is_answering(stack: Run) -> bool:
    try:
        return get(stack, "/readyz") == 200
    except OSError:
        return False


def test_second_start_is_refused_with_the_address(run: Start, running: Run) -> None:
    second = run(running.folder)
    code = second.process.wait(60)

    assert code == 2
    assert f"already runs from {running.folder} ({running.address})" in second.text
    assert get(running, "/readyz") == 200


def test_taken_port_is_named_with_a_free_one(run: Start, folder: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        stack = run(folder, port=port)
        code = stack.process.wait(60)

    assert code == 2
    sentence = stack.text.strip()
    assert sentence.startswith(f"Port {port} is taken by another program: try bin/run --port ")
    assert "\n" not in sentence
    assert int(sentence.split()[-1]) != port


def test_run_works_at_a_path_with_a_space_and_without_a_usable_home(
    run: Start, template: Path, tmp_path: Path
) -> None:
    unwanted = shutil.ignore_patterns(".*", "var", "tests", "docs")
    checkout = Path(shutil.copytree(CHECKOUT, tmp_path / "a place with 'spaces'", ignore=unwanted))
    folder = Path(shutil.copytree(template, checkout / "var"))

    stack = run(folder, checkout=checkout, HOME="/proc/no-home").wait_until_ready()

    assert get(stack, "/healthz") == 200
    assert Path(web(stack).cwd()) == checkout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs the way around")
def test_root_runs_below_a_closed_folder_where_namespaces_are_refused(
    run: Start, template: Path, tmp_path: Path
) -> None:
    closed = make_closed_folder(tmp_path)
    folder = Path(shutil.copytree(template, closed / "var"))
    path = f"{refuse_namespaces(tmp_path)}:{os.environ['PATH']}"

    stack = run(folder, PATH=path, PYTHONPATH=str(copy_of_the_wheel(closed))).wait_until_ready()
    servers = [child for child in stack.process.children() if "postgres" in child.name()]
    owners = {server.uids().real for server in servers}
    answer = get(stack, "/readyz")
    stack.end(signal.SIGKILL)
    _, left = psutil.wait_procs(servers, timeout=60)

    assert owners == {other_user().pw_uid}
    assert answer == 200
    assert left == []


def test_given_servers_replace_the_embedded_ones(run: Start, tmp_path: Path, folder: Path) -> None:
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("DROP DATABASE IF EXISTS given")
        database.execute("CREATE DATABASE given")
    given = url.rsplit("/", 1)[0] + "/given"
    broker = os.environ["REDIS_URL"].rsplit("/", 1)[0] + "/7"
    shutil.rmtree(folder / "postgres")
    shutil.rmtree(folder / "valkey")

    stack = run(folder, DATABASE_URL=given, REDIS_URL=broker).wait_until_ready()

    assert not (folder / "postgres").exists()
    assert not (folder / "valkey").exists()
    assert len(stack.process.children()) == 4
    with psycopg.connect(given) as database:
        assert database.execute("SELECT count(*) FROM django_migrations").fetchone() != (0,)
    assert stack.end(signal.SIGTERM) == 0


# Where it does not belong, or no longer fits -------------------------------------------------


def test_settings_of_a_real_installation_are_left_alone(run: Start, folder: Path) -> None:
    stack = run(folder, PORTAL_MODE="production", DATABASE_URL="postgres://rkpd@127.0.0.1:1/rkpd")

    assert stack.process.wait(60) == 2
    assert "PORTAL_MODE=production" in stack.text
    assert "Traceback" not in stack.text


def test_hosts_of_a_real_installation_keep_nobody_out(run: Start, folder: Path) -> None:
    stack = run(folder, ALLOWED_HOSTS="konsultasi.example.go.id").wait_until_ready()

    assert get(stack, "/") == 200


def test_database_of_other_migrations_is_refused_in_words(run: Start, folder: Path) -> None:
    stack = run(folder).wait_until_ready()
    with psycopg.connect(owner_url(folder, stack.settings())) as database:
        database.execute(
            """COMMENT ON TABLE django_migrations IS '{"aspirations.0001_initial": "other"}'"""
        )
    stack.end(signal.SIGTERM)

    again = run(folder)

    assert again.process.wait(120) == 1
    assert "other migrations than those of today (" in again.text
    assert "aspirations.0001_initial" in again.text
    assert f"rm -r {folder}" in again.text
    assert "Traceback" not in again.text
