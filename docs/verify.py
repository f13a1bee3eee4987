#!/usr/bin/env python3
"""Checks receipts and roots of the consultation portal, without the portal and without a network.

Needs Python 3.9 or newer and nothing else; `python3 verify.py --help` says how to use it.
"""
# The portal keeps all that happens to aspirations in a list that only grows. All entries together
# give one hash, the root; change, drop or reorder one of them and the root is another. Roots are
# published. A receipt holds a few entries and just enough neighbouring hashes (the "proof") to
# compute the root again, which is what this file does. The rules are those of RFC 9162, sections
# 2.1.1, 2.1.3 and 2.1.4, written anew and differently from the portal's own code.
#
# What it cannot tell: whether a receipt has *all* entries about an aspiration, and whether other
# people are shown other roots. So keep the lists of roots that you download, take them from more
# than one place, and compare them: PROOF.json --roots OLD.json --roots NEW.json, where the proof
# leads from the end of one to that of the other. Nothing proves a date or any other field outside
# "words" and "entry".

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import product
from typing import Any, NamedTuple

RECEIPT, ROOTS, CONSISTENCY = "rkpd-receipt/1", "rkpd-roots/1", "rkpd-consistency/1"
HOLDS, DOES_NOT_HOLD, CANNOT_BE_READ = 0, 1, 2
MOST_BYTES, MOST_DIGITS, MOST_ENTRIES = 100_000_000, 20, 2**62
EMPTY = sha256().hexdigest()  # the root of a list without entries

INDONESIAN = {
    "holds": "COCOK.",
    "holds_in_itself": "UTUH, TETAPI BELUM DIBANDINGKAN dengan akar yang diterbitkan.",
    "does_not_hold": "TIDAK COCOK.",
    "not_compared": "BELUM DAPAT DIBANDINGKAN.",
    "cannot_be_read": "TIDAK DAPAT DIPERIKSA.",
    # What holds
    "receipt_holds": "Isi {code} tidak berubah; peristiwanya ({count}) ada di antara {size} "
    "peristiwa dalam catatan.",
    "continues": "Catatan berisi {second} peristiwa diawali seluruh catatan berisi {first}, tanpa "
    "perubahan.",
    "lists_agree": "Daftar akar tidak saling bertentangan; akar yang sama: {count}.",
    "published": "Akar untuk {size} peristiwa tercantum di daftar yang Anda berikan.",
    "same_root": "Akarnya sama dengan yang Anda berikan. Pastikan ukurannya, {size}, juga sama.",
    "compare": "Yang diperiksa baru berkasnya sendiri. Bandingkan dengan akar yang diterbitkan:",
    "head": "  ukuran {size}\n  akar   {root}",
    # What does not hold
    "other_code": "Peristiwa pada indeks {index} bukan tentang {code}: kodenya lain.",
    "other_words": "Isi pada berkas ini bukan isi yang dicatat oleh peristiwa pada indeks {index}.",
    "other_said": "Kata-kata di peristiwa pada indeks {index} bukan yang dicatat.",
    "not_included": "Peristiwa pada indeks {index} tidak terbukti ada dalam catatan: peristiwa, "
    "indeks, ukuran, bukti, atau akarnya telah berubah.",
    "same_index": "Dua peristiwa memakai indeks yang sama, {index}.",
    "does_not_continue": "Catatan berisi {second} peristiwa tidak terbukti memuat seluruh catatan "
    "berisi {first} peristiwa.",
    "not_connected": "Bukti kesinambungan bukan tentang akar tanda terima (ukuran {size}).",
    "not_published": "Akar untuk {size} peristiwa tidak tercantum di daftar yang Anda berikan. "
    "Unduh di halaman Bukti daftar terbaru serta bukti kesinambungan dari ukuran {size} itu, lalu "
    "sertakan keduanya.",
    "other_root": "Akar pada berkas, untuk {size} peristiwa, bukan akar yang Anda berikan. Bila "
    "ukurannya lain, sertakan bukti kesinambungan antara keduanya.",
    "fork": "BERCABANG: untuk {size} peristiwa ada dua akar yang berbeda.",
    "shortened": "DIPENDEKKAN: daftar baru berakhir pada {newer} peristiwa, daftar lama {older}.",
    "end_not_shown": "Daftar saja tidak membuktikan bahwa akar terakhir yang baru (ukuran {newer}) "
    "melanjutkan yang lama ({size}). Unduh di halaman Bukti daftar terbaru serta bukti "
    "kesinambungan dari ukuran {size} itu, lalu bandingkan kedua daftar dengan bukti itu saja.",
    "root_not_listed": "Akar yang Anda berikan tidak tercantum di daftar mana pun.",
    "other_consultation": "Berkas-berkas itu tentang konsultasi yang berbeda: {names}.",
    # What cannot be read
    "not_opened": "Berkas {file} tidak dapat dibuka.",
    "too_large": "Berkas terlalu besar, atau susunannya terlalu dalam.",
    "not_json": "Berkas {file} bukan JSON yang utuh dalam UTF-8.",
    "repeated_key": "Berkas {file} memuat satu kunci dua kali di tempat yang sama.",
    "odd_number": "Berkas {file} memuat bilangan pecahan atau bilangan yang terlalu panjang.",
    "other_format": "Berkas {file} bukan {wanted}.",
    "bad_part": 'Di berkas {file}, bagian "{part}" tidak ada atau keliru.',
    "bad_root": "Akar pada --root harus 64 angka heksadesimal.",
    "what_to_give": "Berikan satu tanda terima, satu bukti kesinambungan, atau keduanya; atau "
    "dua daftar akar, tidak lebih.",
}
ENGLISH = {
    "holds": "HOLDS.",
    "holds_in_itself": "HOLDS IN ITSELF, BUT WAS NOT COMPARED with a published root.",
    "does_not_hold": "DOES NOT HOLD.",
    "not_compared": "CANNOT BE COMPARED YET.",
    "cannot_be_read": "CANNOT BE CHECKED.",
    "receipt_holds": "The words of {code} are unchanged; its events ({count}) are among the {size} "
    "in the log.",
    "continues": "The log of {second} events begins with the whole log of {first}, unchanged.",
    "lists_agree": "The lists of roots do not contradict each other; roots in common: {count}.",
    "published": "The root for {size} events is in the list that you gave.",
    "same_root": "The root is the one that you gave. Make sure that its size, {size}, is too.",
    "compare": "Only the file in itself was checked. Compare with a published root:",
    "head": "  size {size}\n  root {root}",
    "other_code": "The event at index {index} is not about {code}: its code is another.",
    "other_words": "The words in this file are not those recorded by the event at index {index}.",
    "other_said": "The words of the event at index {index} are not those on record.",
    "not_included": "The event at index {index} is not shown to be in the log: the event, its "
    "index, the size, the proof or the root was changed.",
    "same_index": "Two events claim the same index, {index}.",
    "does_not_continue": "The log of {second} events is not shown to contain the whole log of "
    "{first} events.",
    "not_connected": "The consistency proof is not about the receipt's root (size {size}).",
    "not_published": "The root for {size} events is not in the list that you gave. On the page "
    "about the record, download the newest list and the proof from size {size} on; give both.",
    "other_root": "The root in the file, for {size} events, is not the one that you gave. If that "
    "has another size, add the proof from one to the other.",
    "fork": "FORKED: there are two different roots for {size} events.",
    "shortened": "SHORTENED: the new list ends at {newer} events, the old one at {older}.",
    "end_not_shown": "Lists alone do not show that the last root of the new one (size {newer}) "
    "continues that of the old one ({size}). On the page about the record, download the newest "
    "list and the proof from size {size} on; compare both lists with that proof alone.",
    "root_not_listed": "The root that you gave is in none of the lists.",
    "other_consultation": "The files are about different consultations: {names}.",
    "not_opened": "The file {file} cannot be opened.",
    "too_large": "A file is too large or nested too deeply.",
    "not_json": "The file {file} is not whole JSON in UTF-8.",
    "repeated_key": "The file {file} has one key twice in the same place.",
    "odd_number": "The file {file} has a number that is not whole or is too long.",
    "other_format": "The file {file} is not {wanted}.",
    "bad_part": 'In the file {file}, the part "{part}" is missing or wrong.',
    "bad_root": "The root after --root must be 64 hexadecimal digits.",
    "what_to_give": "Give one receipt, one consistency proof, or both; or two lists of roots, no "
    "more.",
}


class Line(NamedTuple):
    """A sentence of the tables, by its key, with what fills its gaps."""

    key: str
    values: dict[str, Any]


def line(key: str, **values: Any) -> Line:
    return Line(key, values)


class CannotBeRead(Exception):
    """A file that is no file of the portal, or a command that asks for nothing."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.line = Line(key, values)


class Head(NamedTuple):
    """The state of a log: how many entries, and the root over them in hexadecimal digits."""

    size: int
    root: str


# ---- The mathematics ----------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """The one way to write a value as bytes, so that equal values have equal hashes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def leaf(entry: dict[str, Any]) -> str:
    return sha256(b"\x00" + canonical(entry)).hexdigest()


def node(left: str, right: str) -> str:
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def left_part(size: int) -> int:
    """How many of `size` entries stand in the left branch: the largest power of two below."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root_from(start: str, index: int, size: int, proof: list[str]) -> str | None:
    """The root over `size` entries if `start` is the leaf at `index`; None if the proof misfits."""
    if size == 1:
        return None if proof else start
    if not proof:
        return None
    left, other = left_part(size), proof[-1]
    if index < left:
        below = root_from(start, index, left, proof[:-1])
        return below and node(below, other)
    below = root_from(start, index - left, size - left, proof[:-1])
    return below and node(other, below)


def heads_from(
    start: str | None, first: int, second: int, proof: list[str]
) -> tuple[str, str] | None:
    """The roots over the first `first` and over all `second` entries, as the proof implies them.

    `start` is the older root as claimed, and serves where the older log is a whole branch of the
    newer one; elsewhere it is None and the proof itself brings that branch.
    """
    if first == second:
        branch = [start] if start is not None else proof[:1]
        fits = len(proof) == (0 if start is not None else 1)
        return (branch[0], branch[0]) if fits else None
    if not proof:
        return None
    left, other = left_part(second), proof[-1]
    if first <= left:
        below = heads_from(start, first, left, proof[:-1])
        return below and (below[0], node(below[1], other))
    below = heads_from(None, first - left, second - left, proof[:-1])
    return below and (node(other, below[0]), node(other, below[1]))


def is_included(entry: dict[str, Any], index: int, head: Head, proof: list[str]) -> bool:
    return index < head.size and root_from(leaf(entry), index, head.size, proof) == head.root


def is_continued(first: Head, second: Head, proof: list[str]) -> bool:
    if (first.size == 0 and first.root != EMPTY) or first.size > second.size:
        return False
    if first.size == 0:  # every log continues the empty one
        return not proof and (second.size > 0 or second == first)
    return heads_from(first.root, first.size, second.size, proof) == (first.root, second.root)


# ---- What must be true: each line is one thing that is not --------------------------------------


def faults_of_receipt(receipt: dict[str, Any]) -> Iterator[Line]:
    digest = sha256(canonical(receipt["words"])).hexdigest()
    seen = set()
    for item in receipt["entries"]:
        entry, index = item["entry"], item["index"]
        if entry["code"] != receipt["code"]:
            yield line("other_code", index=index, code=receipt["code"])
        if entry["original"] != digest:
            yield line("other_words", index=index)
        if entry["said"] != sha256(item["said"].encode()).hexdigest():
            yield line("other_said", index=index)
        if not is_included(entry, index, head_of(receipt), item["proof"]):
            yield line("not_included", index=index)
        if index in seen:
            yield line("same_index", index=index)
        seen.add(index)


def faults_of_consistency(consistency: dict[str, Any]) -> Iterator[Line]:
    first, second = head_of(consistency["first"]), head_of(consistency["second"])
    if first.size == second.size and first.root != second.root:
        yield line("fork", size=first.size)
    elif not is_continued(first, second, consistency["proof"]):
        yield line("does_not_continue", first=first.size, second=second.size)


def faults_of_lists(lists: list[list[Head]]) -> Iterator[Line]:
    """Lists of one log, the oldest first."""
    known: dict[int, str] = {}
    for head in (head for heads in lists for head in heads):
        if known.setdefault(head.size, head.root) != head.root:
            yield line("fork", size=head.size)
    for older, newer in neighbours(lists):
        if end_of(newer).size < end_of(older).size:
            yield line("shortened", newer=end_of(newer).size, older=end_of(older).size)


def gaps_of_lists(lists: list[list[Head]], bridge: list[Head]) -> Iterator[Line]:
    """Nothing in a list shows that its roots continue each other, so only a consistency proof (the
    bridge: its two heads) shows that the end of a newer list continues that of an older one."""
    for older, newer in neighbours(lists):
        ends = [end_of(older), end_of(newer)]
        if older and ends[0] != ends[1] and bridge != ends:
            yield line("end_not_shown", size=ends[0].size, newer=ends[1].size)


def neighbours(lists: list[list[Head]]) -> Iterator[tuple[list[Head], list[Head]]]:
    return ((lists[i - 1], lists[i]) for i in range(1, len(lists)))


def end_of(heads: list[Head]) -> Head:
    return max(heads, default=Head(0, EMPTY))


def faults_of_heads(heads: list[Head], lists: list[list[Head]]) -> Iterator[Line]:
    """No head may contradict a published one."""
    published = {head for each in lists for head in each}
    for head in heads:
        if head not in published and head.size in {other.size for other in published}:
            yield line("fork", size=head.size)


def faults_of_age(receipt: dict[str, Any], roots: dict[str, Any]) -> Iterator[Line]:
    """A list that says it is younger than the receipt must not end before it."""
    end = max(roots["roots"], key=lambda root: root["size"], default=None)
    if end and end["size"] < receipt["size"] and is_later(end, receipt):
        yield line("shortened", newer=end["size"], older=receipt["size"])


def is_later(root: dict[str, Any], receipt: dict[str, Any]) -> bool:
    try:
        moments = [datetime.fromisoformat(t) for t in (root["at"], receipt["sealed_at"])]
        return moments[0] > moments[1]
    except (KeyError, TypeError, ValueError):
        return False


def head_of(part: dict[str, Any]) -> Head:
    return Head(part["size"], part["root"])


class Case(NamedTuple):
    """All that one run looks at; of receipts and of consistency proofs at most one each."""

    receipts: list[dict[str, Any]]
    proofs: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    root: str | None

    def bridge(self) -> list[Head]:
        return [head_of(proof[end]) for proof in self.proofs for end in ("first", "second")]

    def heads(self) -> list[Head]:
        """The heads that the files claim, the one to look up among the published ones last."""
        return [head_of(receipt) for receipt in self.receipts] + self.bridge()

    def published(self) -> list[list[Head]]:
        return [[head_of(root) for root in each["roots"]] for each in self.lists]

    def faults(self) -> Iterator[Line]:
        names = {part["consultation"] for part in self.receipts + self.proofs + self.lists}
        if len(names) > 1:
            yield line("other_consultation", names=", ".join(sorted(names)))
        for receipt in self.receipts:
            yield from faults_of_receipt(receipt)
            if self.proofs and head_of(receipt) not in self.bridge():
                yield line("not_connected", size=receipt["size"])
        for proof in self.proofs:
            yield from faults_of_consistency(proof)
        for receipt, each in product(self.receipts, self.lists):
            yield from faults_of_age(receipt, each)
        yield from faults_of_lists(self.published())
        yield from faults_of_heads(self.heads(), self.published())

    def gaps(self) -> Iterator[Line]:
        """What would have to be compared with what was given, and cannot be: nothing contradicts
        it, and nothing shows it."""
        yield from gaps_of_lists(self.published(), self.bridge())
        listed = {one for each in self.published() for one in each}
        if self.root is not None and not self.heads() and self.root not in {r for _, r in listed}:
            yield line("root_not_listed")
        for head in self.heads()[-1:]:
            if self.lists and head not in listed:
                yield line("not_published", size=head.size)
            if self.root not in (None, head.root):
                yield line("other_root", size=head.size)

    def findings(self) -> Iterator[Line]:
        """What was shown, if there are no faults."""
        for receipt in self.receipts:
            code, count = receipt["code"], len(receipt["entries"])
            yield line("receipt_holds", code=code, count=count, size=receipt["size"])
        for proof in self.proofs:
            first, second = proof["first"]["size"], proof["second"]["size"]
            yield line("continues", first=first, second=second)
        if len(self.lists) > 1:
            count = len(set.intersection(*map(set, self.published())))
            yield line("lists_agree", count=count)
        for head in self.heads()[-1:]:
            if self.lists:
                yield line("published", size=head.size)
            if self.root is not None:
                yield line("same_root", size=head.size)
            if not self.is_compared():
                yield line("compare")
            yield line("head", size=head.size, root=head.root)

    def is_compared(self) -> bool:
        return bool(self.lists) or self.root is not None


# ---- Reading files that anybody may have written ------------------------------------------------


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_name(value: Any) -> bool:
    """Letters, digits and hyphens: safe to show on any terminal."""
    return is_text(value) and re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value) is not None


def is_hash(value: Any) -> bool:
    return is_text(value) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_ENTRIES  # true and false are no numbers


HEAD = {"size": is_count, "root": is_hash}
ENTRY = {
    "entry": {"code": is_text, "original": is_text, "said": is_text},
    "said": is_text,  # the words of the event: an answer, a question, a reason
    "index": is_count,
    "proof": [is_hash],
}
SHAPES: dict[str, dict[str, Any]] = {
    RECEIPT: {"consultation": is_name, "code": is_name, "words": {}, "entries": [ENTRY], **HEAD},
    ROOTS: {"consultation": is_name, "roots": [HEAD]},
    CONSISTENCY: {"consultation": is_name, "first": HEAD, "second": HEAD, "proof": [is_hash]},
}


def misfit(value: Any, shape: Any, name: str) -> str | None:
    """The name of the first part that has not its shape; None if all fits."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return name
        found = (misfit(value.get(key), inner, key) for key, inner in shape.items())
    elif isinstance(shape, list):
        if not isinstance(value, list) or (name == "entries" and not value):
            return name
        found = (misfit(item, shape[0], name) for item in value)
    else:
        return None if shape(value) else name
    return next((part for part in found if part is not None), None)


def read(path: str, formats: list[str]) -> dict[str, Any]:
    """The JSON of a file of one of these formats. Raises CannotBeRead."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError):
        raise CannotBeRead("not_opened", file=path) from None
    if len(data) > MOST_BYTES:
        raise CannotBeRead("too_large")
    value = parsed(data, path)
    kind = value.get("format") if isinstance(value, dict) else None
    if kind not in formats:
        raise CannotBeRead("other_format", file=path, wanted=" / ".join(formats))
    part = misfit(value, SHAPES[kind], kind)
    if part is not None:
        raise CannotBeRead("bad_part", file=path, part=part)
    return dict(value)


def parsed(data: bytes, path: str) -> Any:
    """JSON that means the same to every reader: no key twice, only whole numbers."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise CannotBeRead("repeated_key", file=path)
        return dict(pairs)

    def whole(digits: str) -> int:
        return int(digits) if len(digits) <= MOST_DIGITS else odd(digits)

    def odd(digits: str) -> Any:
        raise CannotBeRead("odd_number", file=path)

    reader = json.JSONDecoder(
        object_pairs_hook=once, parse_int=whole, parse_float=odd, parse_constant=odd
    )
    try:
        value = reader.decode(data.decode("utf-8-sig"))
        canonical(value)  # half a character, written as \ud800, has no bytes
    except ValueError:
        raise CannotBeRead("not_json", file=path) from None
    return value


def case_of(options: argparse.Namespace) -> Case:
    """Read all that the command names. Raises CannotBeRead."""
    files = [read(path, [RECEIPT, CONSISTENCY]) for path in options.files]
    lists = [read(path, [ROOTS]) for path in options.roots]
    receipts = [file for file in files if file["format"] == RECEIPT]
    proofs = [file for file in files if file["format"] == CONSISTENCY]
    if max(len(receipts), len(proofs), len(lists) - 1) > 1 or not (files or len(lists) == 2):
        raise CannotBeRead("what_to_give")
    root = None if options.root is None else options.root.strip().lower()
    if root is not None and not is_hash(root):
        raise CannotBeRead("bad_root")
    return Case(receipts, proofs, lists, root)


# ---- The command --------------------------------------------------------------------------------


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Memeriksa tanda terima dan akar catatan. / Checks receipts and roots.",
        epilog="0: cocok/holds. 1: tidak cocok/does not hold. 2: tidak dapat diperiksa/unreadable.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"{RECEIPT}, {CONSISTENCY}")
    again = f"{ROOTS}; yang terlama dahulu / the oldest first"
    parser.add_argument("--roots", action="append", default=[], metavar="FILE", help=again)
    parser.add_argument("--root", metavar="HEX", help="satu akar / one root")
    parser.add_argument("--en", action="store_true", help="in English")
    return parser.parse_args(arguments)


def verdict(options: argparse.Namespace) -> tuple[int, list[Line]]:
    """The exit code and the sentences to print."""
    try:
        case = case_of(options)
        faults = list(case.faults())
    except CannotBeRead as error:
        return CANNOT_BE_READ, [line("cannot_be_read"), error.line]
    except (RecursionError, MemoryError):
        return CANNOT_BE_READ, [line("cannot_be_read"), line("too_large")]
    if faults:
        return DOES_NOT_HOLD, [line("does_not_hold"), *faults]
    if gaps := list(case.gaps()):
        return CANNOT_BE_READ, [line("not_compared"), *gaps]
    holds = "holds" if case.is_compared() else "holds_in_itself"
    return HOLDS, [line(holds), *case.findings()]


def main(arguments: list[str] | None = None) -> int:
    options = options_of(arguments)
    code, lines = verdict(options)
    sentences = ENGLISH if options.en else INDONESIAN
    texts = [sentences[each.key].format(**each.values) for each in lines]
    print("\n".join(dict.fromkeys(texts)))  # each sentence once
    return code


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
