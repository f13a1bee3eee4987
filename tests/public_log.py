"""A log as the portal keeps it, the files that it hands out, and the checker that reads them."""

import importlib.util
import json
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from consultations import merkle

CHECKER = Path(__file__).parent.parent / "docs" / "verify.py"
HELD, DID_NOT_HOLD, UNREADABLE = 0, 1, 2
CODE, NAME = "RK28-4F7K-2", "rkpd-2028-awal"
WORDS = {"kind": "proposal", "body": "Perbaiki jembatan di Desa Tumbang — “segera”.", "reason": ""}
SAID = "Diakomodasi. Jembatan masuk rencana tahun depan."
SIZE, OLDER = 160, 100


def loaded() -> ModuleType:
    specification = importlib.util.spec_from_file_location("verify", CHECKER)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


verify = loaded()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class Log:
    """What a portal keeps and hands out; the words of one author stand at 41 and 97."""

    def __init__(self, size: int = SIZE, other_at: int | None = None) -> None:
        original = sha256(canonical(WORDS)).hexdigest()
        self.entries: list[dict[str, Any]] = [
            {
                "code": f"RK28-{number:04}-0",
                "original": "0" * 64,
                "said": sha256(SAID.encode()).hexdigest(),
                "verb": "submitted",
                "at": "-",
            }
            for number in range(size)
        ]
        for place, verb in ((41, "submitted"), (97, "published")):
            self.entries[place] |= {"code": CODE, "original": original, "verb": verb}
        if other_at is not None:
            self.entries[other_at] |= {"verb": "rewritten"}
        self.subtree = merkle.subtree_of([merkle.leaf_hash(canonical(e)) for e in self.entries])

    def head(self, size: int = SIZE) -> dict[str, Any]:
        return {"size": size, "root": self.subtree(0, size).hex()}

    def receipt(self, size: int = SIZE) -> dict[str, Any]:
        entries = [
            {
                "entry": deepcopy(self.entries[place]),
                "said": SAID,
                "index": place,
                "proof": [node.hex() for node in merkle.inclusion_proof(place, size, self.subtree)],
            }
            for place in (41, 97)
        ]
        return {
            "format": "rkpd-receipt/1",
            "consultation": NAME,
            "code": CODE,
            "words": dict(WORDS),
            "entries": entries,
            **self.head(size),
            "sealed_at": "2027-02-03T09:00:00+07:00",
        }

    def roots(self, *sizes: int) -> dict[str, Any]:
        heads = [{**self.head(size), "at": "2027-02-03T09:00:00+07:00"} for size in sizes]
        return {"format": "rkpd-roots/1", "consultation": NAME, "roots": heads}

    def consistency(self, first: int = OLDER, second: int = SIZE) -> dict[str, Any]:
        proof = merkle.consistency_proof(first, second, self.subtree)
        return {
            "format": "rkpd-consistency/1",
            "consultation": NAME,
            "first": self.head(first),
            "second": self.head(second),
            "proof": [node.hex() for node in proof],
        }


LOG = Log()
Check = Callable[..., tuple[int, str]]


def checking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the checker in English on values (written to files), raw bytes, and options."""
    numbers = iter(range(100))

    def argument(value: Any) -> str:
        if isinstance(value, str):
            return value
        path = tmp_path / f"{next(numbers)}.json"
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return str(path)

    def run(*arguments: Any) -> tuple[int, str]:
        code = verify.main(["--en", *map(argument, arguments)])
        return code, capsys.readouterr().out

    return run
