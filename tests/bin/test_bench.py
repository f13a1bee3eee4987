"""bin/bench counts rightly: figures, what wrk says, the way through pages, and the two floors."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from accounts.models import Agency, User
from aspirations import reference
from bin.tools.bench import figures, kept, load, scale, scale_pages, seeding, submit
from bin.tools.bench.discovery import Reader, links_of, new_browser
from bin.tools.bench.load import Connection, Load
from bin.tools.bench.scale import Row, Timed
from bin.tools.bench.stack import Stack
from bin.tools.chaos.browser import Form, FormReader
from consultations.models import ChapterText
from rkpd_portal.localstack.folder import Folder
from rkpd_portal.localstack.ports import HOST
from rkpd_portal.localstack.terminal import Problem
from tests import factories
from tests.administration import without_triggers

WRK = """Running 3s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     5.00ms    1.00ms  20.00ms   90.00%
    Req/Sec     1.50k   100.00     1.70k    80.00%
  4567 requests in 3.05s, 66.66MB read
Requests/sec:   1497.38
Transfer/sec:     21.86MB
"""
LISTED = """
<a href="/konsultasi/a/">A</a> <a href="#main">Skip</a> <a href="https://there.example/">There</a>
<form method="get"><input name="cari"><select name="bab"><option value="">All</option>
<option value="1">I</option><option value="2">II</option><option value="3">III</option></select>
</form>
<a rel="prev" href="?page=1">Before</a> <a rel="next" href="?bab=2&amp;page=3">Next</a>
"""


# Figures ----------------------------------------------------------------------------------


def test_median_and_spread_tell_the_middle_and_how_far_it_was_around_it() -> None:
    rounds = [90.0, 100.0, 130.0]

    assert figures.median(rounds) == 100.0
    assert figures.spread(rounds) == pytest.approx(0.4)
    assert figures.in_words(rounds) == "100.0 ±20%"


def test_spread_of_nothing_is_nothing() -> None:
    assert figures.spread([0.0, 0.0]) == 0.0


def test_load_is_told_by_the_second_and_by_the_request() -> None:
    took = Load(requests=200, seconds=4.0, cpu_seconds=3.0)

    assert took.rate == 50.0
    assert took.cpu_milliseconds == 15.0


def test_ratio_of_each_round_compares_what_ran_side_by_side() -> None:
    above = [Load(50, 1.0, 1.0), Load(30, 1.0, 0.6)]
    below = [Load(100, 1.0, 1.0), Load(120, 1.0, 0.6)]

    assert load.over(above, below) == [0.5, 0.25]
    assert load.cpu_over(above, below) == pytest.approx([0.5, 0.25])


# wrk --------------------------------------------------------------------------------------


def test_wrk_is_understood() -> None:
    assert load.counted(WRK) == (4567, 3.05)


@pytest.mark.parametrize(
    "line",
    ["  Non-2xx or 3xx responses: 3", "  Socket errors: connect 0, read 4, write 0, timeout 0"],
)
def test_requests_that_were_not_answered_well_are_no_measurement(line: str) -> None:
    with pytest.raises(Problem, match=line.strip()):
        load.counted(f"{WRK}{line}\n")


def test_missing_wrk_is_named_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(Problem, match="apt-get install wrk"):
        load.wrk(f"http://{HOST}:1/", 1.0, "")


# The way through pages --------------------------------------------------------------------


def test_links_stay_on_the_portal_and_keep_their_relation() -> None:
    links = [(link.address, link.relation) for link in links_of("/daftar/?bab=2&page=2", LISTED)]

    assert links == [
        ("/konsultasi/a/", ""),
        ("/daftar/?page=1", "prev"),
        ("/daftar/?bab=2&page=3", "next"),
    ]


def test_filter_leads_where_its_form_leads() -> None:
    reader = FormReader("/daftar/")
    reader.feed(LISTED)

    assert reader.forms[0].choices == {"bab": ["1", "2", "3"]}
    assert scale_pages.narrowed(reader.forms[0], {"bab": "3"}) == "/daftar/?bab=3"
    assert scale_pages.narrowed(reader.forms[0], {"cari": "a b"}) == "/daftar/?cari=a+b"


class Lists(BaseHTTPRequestHandler):
    """/pages/ has numbers; /steps/ leads on by cursors, to a sixth and last page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        here = int(query.partition("=")[2] or 1)
        name = "page" if path == "/pages/" else "after"
        further = f'<a rel="next" href="?{name}={here + 1}">Next</a>' if here < 6 else ""
        body = f"{further}{self.headers.get('Cookie')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """A form is taken if it says yes."""
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302 if said == b"yes" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """Of a small web server."""
    server = ThreadingHTTPServer((HOST, 0), Lists)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_deepest_page_is_found_by_number_or_step_by_step(port: int) -> None:
    reader = Reader(new_browser(port))

    assert scale_pages.deepest(reader, "/pages/?page=2") == f"/pages/?page={scale_pages.BEYOND}"
    assert scale_pages.deepest(reader, "/steps/?after=2") == "/steps/?after=6"


def test_stranger_always_has_a_session_that_is_none(port: int) -> None:
    browser = scale_pages.stranger(port)
    browser.cookies.clear()

    assert f"sessionid={scale_pages.UNKNOWN_SESSION}" in browser.get("/steps/").text


# The floor --------------------------------------------------------------------------------


@pytest.mark.processes
@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_bare_floor_is_served_and_measured(tmp_path: Path) -> None:
    stack = Stack(Folder(tmp_path))  # its constant page needs no database
    try:
        floor = stack.floor("floor", FLOOR_IS_BARE="1")
        took = load.ask(floor, "/", 1.0, encoding="gzip")
        with closing(Connection(floor.port)) as connection:
            head, body = connection.ask(submit.request("GET", floor.port, "/", {}))
    finally:
        stack.stop()

    assert took.requests > 10
    assert 0 < took.cpu_milliseconds < 100
    assert len(body) == 15_000
    assert b"content-language" not in head.lower()


# Sending ----------------------------------------------------------------------------------


def test_prepared_requests_go_over_one_connection(port: int) -> None:
    connection = Connection(port)
    taken = submit.request("POST", port, "/", {"a": "b"}, "yes")
    heads = [connection.ask(taken)[0] for _ in range(2)]
    _, body = connection.ask(submit.request("GET", port, "/steps/", {"a": "b"}))
    connection.close()

    assert [load.status_of(head) for head in heads] == [302, 302]
    assert body.endswith(b"a=b")


def test_form_that_was_not_taken_is_no_measurement(port: int) -> None:
    requests = iter([submit.request("POST", port, "/", {}, "no")])

    with pytest.raises(Problem, match="A form was not taken"):
        load.send_some(port, requests, end=float("inf"))


def test_answers_differ_and_stay_within_the_choices() -> None:
    form = Form("/", choices={"kind": ["comment", "question"], "regency": ["62.01", "62.02"]})

    first, second = submit.answers(form), submit.answers(form)

    assert first["body"] != second["body"]
    assert {first["kind"], second["kind"]} == {"comment", "question"}


# Scale ------------------------------------------------------------------------------------


def row(name: str, small: list[float], large: list[float]) -> Row:
    browser = new_browser(1)
    return Row(name, Timed(browser, "/", taken=small), Timed(browser, "/", taken=large))


def test_worst_page_comes_last_and_names_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row("grows", [10.0, 10.0, 30.0], [80.0, 90.0, 70.0]),
        row("stays", [100.0, 100.0, 100.0], [100.0, 160.0, 110.0]),
    ]

    line = scale.summary(rows, 1_000_000)

    assert line == "ratio=8.00 worst_ms=110 pages=2 over_goal=1"
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1].startswith("! grows")
    assert printed[-2].startswith("  stays")


def test_page_that_is_hopeless_is_asked_for_once() -> None:
    slow = Timed(new_browser(1), "/", first=scale.HOPELESS_MS + 1)

    slow.ask()

    assert slow.figures == [scale.HOPELESS_MS + 1]
    assert slow.broke == 0


# Seeding ----------------------------------------------------------------------------------


def test_script_is_parted_at_the_ends_of_its_statements() -> None:
    script = "-- A word;\nCREATE FUNCTION f() AS $$\nBEGIN\n  x;\nEND $$;\nSELECT 1,\n  2;\n"

    assert seeding.statements(script) == [
        "CREATE FUNCTION f() AS $$\nBEGIN\n  x;\nEND $$;",
        "SELECT 1,\n  2;",
    ]


FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, attname, confrelid::regclass::text, (
        SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND conrelid::regclass::text LIKE 'aspirations%'
"""
ORPHANS = "SELECT count(*) FROM {} WHERE {} IS NOT NULL AND {} NOT IN (SELECT {} FROM {})"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_seed_fits_the_tables_of_today(
    chapter_text: ChapterText, planner: User, agency: Agency
) -> None:
    size = 250  # below the first number with the rare word, which this short text lacks
    for number in range(2, 9):
        factories.make_chapter(chapter_text.draft.consultation, planner, number)

    with without_triggers() as cursor:
        seeding.fill(cursor, size)
        counts = [
            cursor.execute(f"SELECT count(*) FROM aspirations_{table}").fetchone()  # noqa: S608
            for table in ("aspiration", "author", "receipt")
        ]
        codes = cursor.execute("SELECT code FROM aspirations_aspiration").fetchall()
        keys = cursor.execute(FOREIGN_KEYS).fetchall()
        orphans = [
            (table, column)
            for table, column, target, key in keys
            if cursor.execute(ORPHANS.format(table, column, column, key, target)).fetchone() != (0,)
        ]
        cursor.connection.rollback()

    assert counts == [(size,)] * 3
    assert all(reference.tidy_code(code) == code for (code,) in codes)
    assert len(keys) > 20
    assert orphans == []


def test_kept_data_is_known_by_what_made_it() -> None:
    for pattern in kept.SOURCES:
        assert any(path.is_file() for path in kept.CHECKOUT.glob(pattern)), pattern
    assert kept.fingerprint() == kept.fingerprint()
