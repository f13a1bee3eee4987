"""The checker that citizens download, given files that anybody may have written."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.public_log import (
    DID_NOT_HOLD,
    LOG,
    OLDER,
    SIZE,
    UNREADABLE,
    Check,
    canonical,
    checking,
    verify,
)


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    return checking(tmp_path, capsys)


HOSTILE_FILES = {
    "nothing": b"",
    "no JSON": b"Tanda terima",
    "half a file": canonical(LOG.receipt())[:-1],
    "two values": canonical(LOG.receipt()) * 2,
    "not UTF-8": canonical(LOG.receipt()).replace("—".encode(), b"\xff"),
    "UTF-16": json.dumps(LOG.receipt()).encode("utf-16"),
    "half a character": canonical(LOG.receipt()).replace("—".encode(), b"\\ud800"),
    "NUL": b"\x00" * 100,
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "a text": b'"rkpd-receipt/1"',
    "no format": b"{}",
    "a format that is a list": b'{"format":["rkpd-receipt/1"]}',
    "a newer format": b'{"format":"rkpd-receipt/2"}',
    "roots where a receipt belongs": canonical(LOG.roots(SIZE)),
    "only a format": b'{"format":"rkpd-receipt/1"}',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "deep and whole": b"[" * 200_000 + b"]" * 200_000,
    "a huge number": b'{"format":' + b"9" * 100_000 + b"}",
    "a huge size": canonical(LOG.receipt()).replace(b'"size":160', b'"size":1' + b"0" * 5000),
    "a huge power": canonical(LOG.receipt()).replace(b'"size":160', b'"size":1e999'),
    "no number": canonical(LOG.receipt()).replace(b'"size":160', b'"size":NaN'),
    "a fraction": canonical(LOG.receipt()).replace(b'"size":160', b'"size":160.0'),
    "a key twice": canonical(LOG.receipt()).replace(b'"size":160', b'"size":160,"size":160'),
    "words twice": b'{"words":{},' + canonical(LOG.receipt())[1:],
}


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_hostile_file_gets_a_sentence(check: Check, name: str) -> None:
    for arguments in (
        [HOSTILE_FILES[name]],
        [LOG.receipt(), "--roots", HOSTILE_FILES[name].replace(b"receipt/1", b"roots/1")],
    ):
        if name == "roots where a receipt belongs" and len(arguments) > 1:
            continue
        code, said = check(*arguments)

        assert said.startswith("CANNOT BE CHECKED.\n")
        assert said.endswith(".\n")
        assert len(said.splitlines()) == 2
        assert code == UNREADABLE


ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    -1,
    10**19,
    "",
    "160",
    "\x1b[2J",
    "RK28\n",
    "RK28\x1b[2J",
    "a" * 65,
    "g" * 64,
    "A" * 64,
    "٣" * 64,
    [],
    [None],
    [[]],
    ["00"],
    {},
    {"size": 1},
]


def places(value: Any) -> list[list[Any]]:
    """The way to every part of a JSON value."""
    if not isinstance(value, dict | list):
        return [[]]
    keys = value.keys() if isinstance(value, dict) else range(min(len(value), 2))
    return [[], *([key, *rest] for key in keys for rest in places(value[key]))]


@pytest.mark.parametrize("kind", ["receipt", "consistency", "roots"])
def test_no_odd_value_anywhere_breaks_the_checker(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = {
        "receipt": LOG.receipt(),
        "consistency": LOG.consistency(),
        "roots": LOG.roots(OLDER, SIZE),
    }[kind]
    path, receipt, roots = (tmp_path / f"{name}.json" for name in ("odd", "receipt", "roots"))
    receipt.write_bytes(canonical(LOG.receipt()))
    roots.write_bytes(canonical(LOG.roots(SIZE)))
    files = (receipt, path) if kind == "roots" else (path, roots)
    arguments = [str(files[0]), "--roots", str(files[1])]
    unproved = {"sealed_at", "at"}
    for way in (way for way in places(file) if way):
        for odd in ODD_VALUES:
            changed = deepcopy(file)
            part: Any = changed
            for key in way[:-1]:
                part = part[key]
            same, part[way[-1]] = part[way[-1]] == odd, odd
            path.write_bytes(json.dumps(changed).encode())

            code = verify.main(arguments)

            said = capsys.readouterr().out
            assert "\x1b" not in said
            if not (same or way[-1] in unproved):
                assert code in (DID_NOT_HOLD, UNREADABLE), (way, odd)


def test_missing_parts_are_named(check: Check) -> None:
    parts = ["consultation", "code", "words", "entries", "size", "root"]
    for part in parts:
        receipt = LOG.receipt()
        del receipt[part]

        code, said = check(receipt)

        assert f'the part "{part}" is missing or wrong.' in said
        assert code == UNREADABLE


def test_a_command_that_asks_for_nothing(check: Check, tmp_path: Path) -> None:
    for arguments in (
        [],
        ["--roots", LOG.roots(SIZE)],
        [LOG.receipt(), LOG.receipt()],
        [LOG.consistency(), LOG.consistency()],
        [LOG.receipt(), "--root", "12"],
        [str(tmp_path)],
        [str(tmp_path / "missing.json")],
        [LOG.receipt(), "--roots", str(tmp_path / "missing.json")],
    ):
        code, said = check(*arguments)

        assert said.startswith("CANNOT BE CHECKED.\n")
        assert code == UNREADABLE


def test_a_file_past_the_limit_is_not_read(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_BYTES", 100)

    assert check(LOG.receipt()) == (
        UNREADABLE,
        "CANNOT BE CHECKED.\nA file is too large or nested too deeply.\n",
    )
