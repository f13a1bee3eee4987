"""The checker that citizens download: what it accepts, what it refuses and how it says so."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consultations import merkle
from tests.public_log import (
    CHECKER,
    CODE,
    DID_NOT_HOLD,
    HELD,
    LOG,
    NAME,
    OLDER,
    SIZE,
    UNREADABLE,
    Check,
    Log,
    canonical,
    checking,
    verify,
)


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    return checking(tmp_path, capsys)


# What holds.


def test_a_true_receipt_under_a_published_root(check: Check) -> None:
    code, said = check(LOG.receipt(), "--roots", LOG.roots(OLDER, SIZE))

    assert said.splitlines()[:3] == [
        "HOLDS.",
        f"The words of {CODE} are unchanged; its events (2) are among the 160 in the log.",
        "The root for 160 events is in the list that you gave.",
    ]
    assert code == HELD


def test_a_receipt_alone_says_what_is_left_to_compare(check: Check) -> None:
    code, said = check(LOG.receipt())

    assert said.startswith("HOLDS IN ITSELF, BUT WAS NOT COMPARED with a published root.\n")
    assert f"  size 160\n  root {LOG.head()['root']}\n" in said
    assert code == HELD


def test_a_root_typed_from_paper(check: Check) -> None:
    code, said = check(LOG.receipt(), "--root", LOG.head()["root"].upper())

    assert "Make sure that its size, 160, is too." in said
    assert code == HELD


@pytest.mark.parametrize("first", [0, 1, 64, OLDER, SIZE])
def test_one_root_continues_another(check: Check, first: int) -> None:
    code, said = check(LOG.consistency(first), "--roots", LOG.roots(SIZE))

    assert f"The log of 160 events begins with the whole log of {first}, unchanged." in said
    assert code == HELD


@pytest.mark.parametrize("turn", [1, -1])
def test_an_older_receipt_leads_to_a_published_root(check: Check, turn: int) -> None:
    files = [LOG.receipt(OLDER), LOG.consistency()][::turn]

    code, said = check(*files, "--roots", LOG.roots(SIZE))

    assert "The root for 160 events is in the list that you gave." in said
    assert code == HELD


def test_a_newer_list_that_goes_on_from_an_older_one(check: Check) -> None:
    lists = ["--roots", LOG.roots(60, OLDER), "--roots", LOG.roots(OLDER, SIZE)]
    assert check(*lists)[0] == UNREADABLE, "lists alone show nothing of the kind"

    code, said = check("--roots", LOG.roots(60, OLDER), "--roots", LOG.roots(40, OLDER))

    assert said == "HOLDS.\nThe lists of roots do not contradict each other; " + (
        "roots in common: 1.\n"
    )
    assert code == HELD


def test_more_than_two_lists_are_not_compared_at_once(check: Check) -> None:
    lists = [part for size in (60, OLDER, SIZE) for part in ("--roots", LOG.roots(size))]

    code, said = check(*lists)

    assert code == UNREADABLE
    assert "two lists of roots, no more" in said


def test_lists_without_a_common_root_are_joined_by_a_proof(check: Check) -> None:
    lists = ["--roots", LOG.roots(60, OLDER), "--roots", LOG.roots(SIZE)]

    alone, said = check(*lists)
    joined, _ = check(LOG.consistency(), *lists)

    assert "the proof from size 100 on; compare both" in said
    assert (alone, joined) == (UNREADABLE, HELD)


def test_early_root_in_common_does_not_show_that_the_end_was_continued(check: Check) -> None:
    lists = ["--roots", LOG.roots(60, OLDER), "--roots", LOG.roots(60, SIZE)]

    code, said = check(*lists)

    assert "the last root of the new one (size 160) continues that of the old one (100)" in said
    assert code == UNREADABLE
    assert check(LOG.consistency(), *lists)[0] == HELD


def test_every_receipt_of_a_small_log_holds(check: Check) -> None:
    for size in range(98, 131):
        assert check(LOG.receipt(size), "--roots", LOG.roots(size))[0] == HELD


@pytest.mark.parametrize(("first", "second"), [(60, SIZE), (OLDER, 130)])
def test_a_proof_joins_only_the_end_of_a_list_to_the_next(
    check: Check, first: int, second: int
) -> None:
    lists = ["--roots", LOG.roots(60, OLDER), "--roots", LOG.roots(SIZE)]

    code, said = check(LOG.consistency(first, second), *lists)

    assert "the last root of the new one (size 160) continues that of the old one (100)" in said
    assert code == UNREADABLE


# What does not hold.


def change(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda receipt: receipt.update(parts)


def change_entry(place: int, **parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda receipt: receipt["entries"][place].update(parts)


def change_event(place: int, **parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda receipt: receipt["entries"][place]["entry"].update(parts)


CHANGES = {
    "a changed word": (
        lambda receipt: receipt["words"].update(body="Perbaiki jembatan di Desa Tumbang."),
        "The words in this file are not those recorded by the event at index 41.",
    ),
    "a field more": (
        lambda receipt: receipt["words"].update(more=""),
        "The words in this file are not those recorded by the event at index 97.",
    ),
    "a changed event": (
        change_event(1, verb="refused"),
        "The event at index 97 is not shown to be in the log",
    ),
    "another answer than the one on record": (
        change_entry(1, said="Tidak diakomodasi."),
        "The words of the event at index 97 are not those on record.",
    ),
    "an event of another's": (
        change_event(0, code="RK28-0000-0"),
        f"The event at index 41 is not about {CODE}",
    ),
    "another code": (change(code="RK28-0000-0"), "is not about RK28-0000-0"),
    "another index": (change_entry(0, index=40), "The event at index 40 is not shown"),
    "an index past the end": (change_entry(0, index=SIZE), "The event at index 160 is not shown"),
    "a huge index": (change_entry(0, index=2**62), f"The event at index {2**62} is not shown"),
    "another root": (change(root="0" * 64), "The event at index 41 is not shown"),
    "half the size": (change(size=SIZE // 2), "The event at index 41 is not shown"),
    "no size": (change(size=0), "The event at index 41 is not shown"),
    "no proof": (change_entry(0, proof=[]), "The event at index 41 is not shown"),
    "a long proof": (change_entry(0, proof=["0" * 64] * 9999), "The event at index 41 is not"),
    "one event twice": (
        lambda receipt: receipt["entries"].append(receipt["entries"][0]),
        "Two events claim the same index, 41.",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_receipt_is_refused_with_the_reason(check: Check, name: str) -> None:
    apply, sentence = CHANGES[name]
    receipt = LOG.receipt()
    apply(receipt)

    code, said = check(receipt)

    assert said.startswith("DOES NOT HOLD.\n")
    assert sentence in said
    assert code == DID_NOT_HOLD


def test_every_node_of_a_proof_counts(check: Check) -> None:
    for place in range(len(LOG.receipt()["entries"][0]["proof"])):
        receipt = LOG.receipt()
        receipt["entries"][0]["proof"][place] = "ab" * 32
        shorter = LOG.receipt()
        del shorter["entries"][0]["proof"][place]
        longer = LOG.receipt()
        longer["entries"][0]["proof"].insert(place, "ab" * 32)

        assert {check(file)[0] for file in (receipt, shorter, longer)} == {DID_NOT_HOLD}


def test_a_size_that_the_proof_cannot_tell_is_not_published(check: Check) -> None:
    """A proof may fit two sizes; only the pair of size and root is published."""
    receipt = {**LOG.receipt(130), "size": 131}

    alone, _ = check(receipt)
    compared, said = check(receipt, "--roots", LOG.roots(130, 131))

    assert "FORKED: there are two different roots for 131 events." in said
    assert (alone, compared) == (HELD, DID_NOT_HOLD)


def test_another_root_than_the_published_ones(check: Check) -> None:
    unknown, said = check(LOG.receipt(), "--roots", LOG.roots(OLDER))
    typed, retort = check(LOG.receipt(), "--root", LOG.head(OLDER)["root"])

    assert said.startswith("CANNOT BE COMPARED YET.\n")
    assert "The root for 160 events is not in the list that you gave." in said
    assert "is not the one that you gave." in retort
    assert unknown == typed == UNREADABLE, "nothing shows it, and nothing contradicts it"


def test_a_list_that_is_younger_and_ends_before_the_receipt_was_shortened(check: Check) -> None:
    younger = LOG.roots(OLDER)
    younger["roots"][0]["at"] = "2027-02-04T09:00:00+07:00"

    code, said = check(LOG.receipt(), "--roots", younger)

    assert "SHORTENED: the new list ends at 100 events, the old one at 160." in said
    assert code == DID_NOT_HOLD


def test_a_forked_log_shows(check: Check) -> None:
    forked = Log(other_at=7)
    sentence = "FORKED: there are two different roots for 160 events."

    for arguments in (
        [forked.receipt(), "--roots", LOG.roots(SIZE)],
        [forked.consistency(), "--roots", LOG.roots(SIZE)],
        ["--roots", LOG.roots(OLDER, SIZE), "--roots", forked.roots(SIZE)],
        [{**LOG.consistency(SIZE), "second": forked.head()}],
    ):
        code, said = check(*arguments)

        assert sentence in said
        assert code == DID_NOT_HOLD


def test_a_fork_before_the_published_root_shows(check: Check) -> None:
    """The older root of a true proof is contradicted by the list that has the newer one."""
    roots = LOG.roots(OLDER, SIZE)
    roots["roots"][0]["root"] = Log(other_at=7).head(OLDER)["root"]

    code, said = check(LOG.consistency(), "--roots", roots)

    assert "FORKED: there are two different roots for 100 events." in said
    assert code == DID_NOT_HOLD


def test_a_shortened_log_shows(check: Check) -> None:
    code, said = check("--roots", LOG.roots(OLDER, SIZE), "--roots", LOG.roots(60, OLDER))
    emptied, _ = check("--roots", LOG.roots(OLDER), "--roots", LOG.roots())

    assert "SHORTENED: the new list ends at 100 events, the old one at 160." in said
    assert code == emptied == DID_NOT_HOLD


def test_a_rewritten_log_does_not_continue(check: Check) -> None:
    rewritten = {**LOG.consistency(), "first": Log(other_at=7).head(OLDER)}
    backwards = {**LOG.consistency(), "first": LOG.head(), "second": LOG.head(OLDER)}
    unproved = {**LOG.consistency(), "proof": []}
    beyond = {**LOG.consistency(), "proof": [*LOG.consistency()["proof"], "0" * 64]}
    before = {**LOG.consistency(), "proof": ["0" * 64, *LOG.consistency()["proof"]]}
    whole = {**LOG.consistency(64), "proof": ["0" * 64, *LOG.consistency(64)["proof"]]}
    from_nothing = {**LOG.consistency(0), "proof": ["0" * 64]}
    never_empty = {**LOG.consistency(0), "first": {"size": 0, "root": "0" * 64}}

    for file in (rewritten, backwards, unproved, beyond, before, whole, from_nothing, never_empty):
        code, said = check(file)

        assert "is not shown to contain the whole log of" in said
        assert code == DID_NOT_HOLD


def test_a_proof_about_another_root_than_the_receipts(check: Check) -> None:
    code, said = check(LOG.receipt(120), LOG.consistency(), "--roots", LOG.roots(SIZE))

    assert "The consistency proof is not about the receipt's root (size 120)." in said
    assert code == DID_NOT_HOLD


def test_roots_of_another_consultation(check: Check) -> None:
    code, said = check(LOG.receipt(), "--roots", {**LOG.roots(SIZE), "consultation": "rkpd-2027"})

    assert f"The files are about different consultations: rkpd-2027, {NAME}." in said
    assert code == DID_NOT_HOLD


# The program itself.


def test_it_agrees_with_the_portal_on_every_claim() -> None:
    """Two programs that were written apart say the same of proofs that are true and false."""
    for first, second in ((1, 2), (2, 5), (6, 7), (6, 8), (13, 17), (16, 21), (21, 21)):
        old, new = LOG.subtree(0, first), LOG.subtree(0, second)
        path = merkle.consistency_proof(first, second, LOG.subtree)
        siblings = merkle.inclusion_proof(first - 1, second, LOG.subtree)
        leaf, entry = LOG.subtree(first - 1, first), LOG.entries[first - 1]
        for size in range(1, 40):
            for other in range(1, size + 2):
                older, newer = verify.Head(other, old.hex()), verify.Head(size, new.hex())
                assert merkle.is_consistent(other, size, old, new, path) == verify.is_continued(
                    older, newer, [node.hex() for node in path]
                )
                assert merkle.is_included(leaf, other, size, siblings, new) == verify.is_included(
                    entry, other, newer, [node.hex() for node in siblings]
                )


def test_nothing_but_the_empty_log_has_no_entries() -> None:
    empty, false = verify.Head(0, verify.EMPTY), verify.Head(0, "0" * 64)

    assert verify.is_continued(empty, empty, [])
    assert not verify.is_continued(empty, false, [])
    assert not verify.is_continued(false, false, [])


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As somebody runs it who has only this file: isolated from the portal's modules."""
    command = [sys.executable, "-I", "-S", str(CHECKER), *arguments]
    env = {"PYTHONIOENCODING": "ascii"}
    return subprocess.run(
        command, cwd="/", env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_program_by_itself_in_indonesian(tmp_path: Path) -> None:
    receipt, roots, deep = (tmp_path / f"{name} ū.json" for name in ("tanda", "akar", "dalam"))
    receipt.write_bytes(canonical(LOG.receipt()))
    roots.write_bytes(b"\xef\xbb\xbf" + json.dumps(LOG.roots(SIZE), indent=4).encode())
    deep.write_bytes(b"[" * 200_000)

    held = run(str(receipt), "--roots", str(roots))
    other = run(str(receipt), "--root", "0" * 64)
    unreadable = run(str(deep))
    missing = run(str(tmp_path / "tidak ada ū.json"))

    assert held.stdout.startswith(f"COCOK.\nIsi {CODE} tidak berubah;")
    assert other.stdout.startswith("BELUM DAPAT DIBANDINGKAN.\nAkar pada berkas, untuk 160 ")
    assert unreadable.stdout.startswith("TIDAK DAPAT DIPERIKSA.\n")
    assert "tidak dapat dibuka." in missing.stdout
    codes = [each.returncode for each in (held, other, unreadable, missing)]
    assert codes == [HELD, UNREADABLE, UNREADABLE, UNREADABLE]
    assert [each.stderr for each in (held, other, unreadable, missing)] == [""] * 4


def test_both_languages_have_the_same_sentences() -> None:
    assert verify.INDONESIAN.keys() == verify.ENGLISH.keys()
    for key, sentence in verify.INDONESIAN.items():
        assert gaps(sentence) == gaps(verify.ENGLISH[key]), key


def gaps(sentence: str) -> set[str]:
    return {part.split("}")[0] for part in sentence.split("{")[1:]}


def test_it_needs_only_the_standard_library_of_python_3_9() -> None:
    tree = ast.parse(CHECKER.read_text(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= sys.stdlib_module_names
    assert "__future__" in imported
