"""The Merkle tree: published vectors, a plain definition to agree with, and everything refused."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import pytest

from consultations.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    split,
    subtree_of,
)

MOST = 70
LEAVES = [leaf_hash(str(number).encode()) for number in range(MOST)]
ROOTS = [subtree_of(LEAVES)(0, size) for size in range(MOST + 1)]
SUBTREE = subtree_of(LEAVES)
STRANGER = leaf_hash(b"stranger")

# Leaves, node hashes, roots and proofs as published in transparency-dev/merkle, in
# testonly/constants.go and proof/verify_test.go.
PUBLISHED_LEAVES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLISHED_NODES = {
    name: bytes.fromhex(digits)
    for name, digits in {
        "0": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "2": "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "3": "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "5": "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "6": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "7": "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
        "01": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "23": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "45": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "67": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "0123": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4567": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    }.items()
}
PUBLISHED_ROOTS = [
    bytes.fromhex(digits)
    for digits in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
# Index (counted from 0) and size, or first and second size, with the nodes of the proof.
PUBLISHED_INCLUSIONS = [
    (0, 8, ["1", "23", "4567"]),
    (5, 8, ["4", "67", "0123"]),
    (2, 3, ["01"]),
    (1, 5, ["0", "23", "4"]),
]
PUBLISHED_CONSISTENCIES = [
    (1, 1, []),
    (1, 8, ["1", "23", "4567"]),
    (6, 8, ["45", "67", "0123"]),
    (2, 5, ["23", "4"]),
    (6, 7, ["45", "6", "0123"]),
]


def nodes(names: Sequence[str]) -> list[bytes]:
    return [PUBLISHED_NODES[name] for name in names]


# The definitions of RFC 9162 as they stand in its text, on lists of data.


def largest_power_below(size: int) -> int:
    return max(2**power for power in range(size) if 2**power < size)


def defined_root(data: Sequence[bytes]) -> bytes:
    """MTH, section 2.1.1."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return sha256(b"\x01" + defined_root(data[:k]) + defined_root(data[k:])).digest()


def defined_path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH, section 2.1.3.1."""
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    if m < k:
        return [*defined_path(m, data[:k]), defined_root(data[k:])]
    return [*defined_path(m - k, data[k:]), defined_root(data[:k])]


def defined_subproof(m: int, data: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF, section 2.1.4.1."""
    if m == len(data):
        return [] if whole else [defined_root(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*defined_subproof(m, data[:k], whole), defined_root(data[k:])]
    return [*defined_subproof(m - k, data[k:], False), defined_root(data[:k])]


def shape_of_inclusion(index: int, size: int) -> str:
    """On which sides the siblings lie, from the root down."""
    if size == 1:
        return ""
    k = largest_power_below(size)
    if index < k:
        return "r" + shape_of_inclusion(index, k)
    return "l" + shape_of_inclusion(index - k, size - k)


def shape_of_consistency(first: int, second: int, whole: bool = True) -> str:
    if first == second:
        return "whole" if whole else "branch"
    k = largest_power_below(second)
    if first <= k:
        return "r" + shape_of_consistency(first, k, whole)
    return "l" + shape_of_consistency(first - k, second - k, False)


def corrupted(proof: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Every proof with one element changed, cut, lost, doubled or added, and two swapped."""
    for place, node in enumerate(proof):
        before, after = list(proof[:place]), list(proof[place + 1 :])
        for other in (STRANGER, node[:-1], node + b"\x00", b"", node[::-1]):
            yield [*before, other, *after]
        yield [*before, *after]
        yield [*before, node, node, *after]
        if after and after[0] != node:
            yield [*before, after[0], node, *after[1:]]
    for extra in (STRANGER, EMPTY, b""):
        yield [*proof, extra]
        yield [extra, *proof]


def with_one_bit_flipped(value: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(value)):
        number = int.from_bytes(value, "big") ^ (1 << bit)
        yield number.to_bytes(len(value), "big")


# Hashes and roots.


def test_published_hashes_and_roots_come_out() -> None:
    hashes = [leaf_hash(data) for data in PUBLISHED_LEAVES]

    assert hashes == nodes("01234567")
    assert node_hash(*nodes("01")) == PUBLISHED_NODES["01"]
    assert [subtree_of(hashes)(0, size) for size in range(9)] == PUBLISHED_ROOTS
    assert PUBLISHED_ROOTS[0] == EMPTY


def test_roots_agree_with_the_definition() -> None:
    data = [str(number).encode() for number in range(MOST)]

    for start, end in ((0, MOST), (0, 33), (64, 70), (32, 45), (7, 8), (12, 12)):
        assert SUBTREE(start, end) == defined_root(data[start:end])
    assert [defined_root(data[:size]) for size in range(MOST + 1)] == ROOTS


@pytest.mark.parametrize(
    ("size", "left"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (2**40 + 1, 2**40)]
)
def test_split_is_the_largest_power_below(size: int, left: int) -> None:
    assert split(size) == left


# Proofs.


@pytest.mark.parametrize(("index", "size", "names"), PUBLISHED_INCLUSIONS)
def test_published_inclusion_proofs(index: int, size: int, names: list[str]) -> None:
    hashes = [leaf_hash(data) for data in PUBLISHED_LEAVES]

    assert inclusion_proof(index, size, subtree_of(hashes)) == nodes(names)
    assert is_included(hashes[index], index, size, nodes(names), PUBLISHED_ROOTS[size])


@pytest.mark.parametrize(("first", "second", "names"), PUBLISHED_CONSISTENCIES)
def test_published_consistency_proofs(first: int, second: int, names: list[str]) -> None:
    subtree = subtree_of([leaf_hash(data) for data in PUBLISHED_LEAVES])
    roots = PUBLISHED_ROOTS

    assert consistency_proof(first, second, subtree) == nodes(names)
    assert is_consistent(first, second, roots[first], roots[second], nodes(names))


def test_every_proof_agrees_with_the_definition_and_holds() -> None:
    data = [str(number).encode() for number in range(MOST)]
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, SUBTREE)
            assert proof == defined_path(index, data[:size])
            assert is_included(LEAVES[index], index, size, proof, ROOTS[size])
            path = consistency_proof(index + 1, size, SUBTREE)
            assert path == defined_subproof(index + 1, data[:size], True)
            assert is_consistent(index + 1, size, ROOTS[index + 1], ROOTS[size], path)


def test_every_log_continues_the_empty_one() -> None:
    for size in range(MOST + 1):
        assert consistency_proof(0, size, SUBTREE) == []
        assert is_consistent(0, size, EMPTY, ROOTS[size], [])


def test_a_proof_asks_only_for_whole_or_last_branches() -> None:
    asked: set[tuple[int, int]] = set()

    def subtree(start: int, end: int) -> bytes:
        asked.add((start, end))
        return SUBTREE(start, end)

    inclusion_proof(37, MOST, subtree)
    consistency_proof(37, MOST, subtree)

    assert len(asked) > 7
    for start, end in asked:
        span = 1 << (end - start - 1).bit_length()
        assert start % span == 0
        assert end - start == span or end == MOST


# What is refused.


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5), (6, 5), (0, -1)])
def test_an_impossible_inclusion_proof_says_so(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no entry at index"):
        inclusion_proof(index, size, SUBTREE)


@pytest.mark.parametrize(("first", "second"), [(-1, 5), (6, 5), (1, 0), (-2, -1)])
def test_an_impossible_consistency_proof_says_so(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="cannot continue"):
        consistency_proof(first, second, SUBTREE)


def test_leaves_that_are_not_there_are_not_hashed() -> None:
    for start, end in ((-1, 3), (4, 3), (0, MOST + 1)):
        with pytest.raises(ValueError, match="there is no range"):
            SUBTREE(start, end)
    with pytest.raises(ValueError, match="no two subtrees"):
        split(1)


def test_no_corrupted_proof_holds() -> None:
    for size in range(1, MOST + 1):
        for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
            proof = inclusion_proof(index, size, SUBTREE)
            for wrong in corrupted(proof):
                assert not is_included(LEAVES[index], index, size, wrong, ROOTS[size])
            path = consistency_proof(index + 1, size, SUBTREE)
            for wrong in corrupted(path):
                assert not is_consistent(index + 1, size, ROOTS[index + 1], ROOTS[size], wrong)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (4, 7), (6, 7), (11, 13)])
def test_no_flipped_bit_holds(index: int, size: int) -> None:
    leaf, root = LEAVES[index], ROOTS[size]
    proof = inclusion_proof(index, size, SUBTREE)
    first, path = index + 1, consistency_proof(index + 1, size, SUBTREE)

    assert not any(is_included(x, index, size, proof, root) for x in with_one_bit_flipped(leaf))
    assert not any(is_included(leaf, index, size, proof, x) for x in with_one_bit_flipped(root))
    for x in with_one_bit_flipped(root):
        assert not is_consistent(first, size, ROOTS[first], x, path)
    for x in with_one_bit_flipped(ROOTS[first]):
        assert not is_consistent(first, size, x, root, path)
    for place in range(len(proof)):
        for x in with_one_bit_flipped(proof[place]):
            wrong = [*proof[:place], x, *proof[place + 1 :]]
            assert not is_included(leaf, index, size, wrong, root)
    for place in range(len(path)):
        for x in with_one_bit_flipped(path[place]):
            wrong = [*path[:place], x, *path[place + 1 :]]
            assert not is_consistent(first, size, ROOTS[first], root, wrong)


def test_no_other_index_holds() -> None:
    for size in range(1, 40):
        for index in range(size):
            proof = inclusion_proof(index, size, SUBTREE)
            holding = [
                other
                for other in range(-1, size + 2)
                if is_included(LEAVES[index], other, size, proof, ROOTS[size])
            ]
            assert holding == [index]


def test_another_place_holds_only_where_its_path_has_the_same_shape() -> None:
    """The RFC's proofs do not bind the size; whoever trusts a root trusts it with its size."""
    for index, size in ((0, 1), (0, 3), (2, 3), (5, 8), (8, 9), (12, 21)):
        proof = inclusion_proof(index, size, SUBTREE)
        for other in range(1, 50):
            for place in range(other):
                held = is_included(LEAVES[index], place, other, proof, ROOTS[size])
                same = shape_of_inclusion(place, other) == shape_of_inclusion(index, size)
                assert held == same


def test_other_sizes_hold_only_where_the_path_has_the_same_shape() -> None:
    for first, second in ((1, 2), (2, 5), (6, 7), (6, 8), (13, 17), (16, 21)):
        path = consistency_proof(first, second, SUBTREE)
        for newer in range(1, 50):
            for older in range(1, newer):
                held = is_consistent(older, newer, ROOTS[first], ROOTS[second], path)
                same = shape_of_consistency(older, newer) == shape_of_consistency(first, second)
                assert held == same


@pytest.mark.parametrize(
    ("index", "size"), [(0, 0), (-1, 1), (1, 1), (2, 1), (1, 0), (0, -1), (0, 2**200)]
)
def test_an_impossible_place_is_not_included(index: int, size: int) -> None:
    for root in (LEAVES[0], EMPTY, b""):
        assert not is_included(LEAVES[0], index, size, [], root)


def test_what_is_no_hash_is_refused() -> None:
    assert is_included(LEAVES[0], 0, 1, [], LEAVES[0])
    assert not is_included(b"", 0, 1, [], b"")
    assert not is_included(b"short", 0, 1, [], b"short")
    assert not is_consistent(3, 3, b"short", b"short", [])
    text: Any = ["x" * 32]
    assert not is_included(LEAVES[0], 0, 2, text, ROOTS[2])


def test_bytes_that_move_between_neighbours_are_refused() -> None:
    """The hash of two joined nodes does not see where one ends."""
    first, second, *rest = consistency_proof(3, 4, SUBTREE)
    moved = [first[:-1], first[-1:] + second, *rest]

    assert not is_consistent(3, 4, ROOTS[3], ROOTS[4], moved)


# The cases of transparency-dev/merkle, proof/verify_test.go, with roots of 32 bytes.
ONE, TWO = leaf_hash(b"don't care 1"), leaf_hash(b"don't care 2")


@pytest.mark.parametrize(
    ("first", "second", "first_root", "second_root", "proof", "holds"),
    [
        (0, 0, ONE, TWO, [], False),
        (1, 1, ONE, TWO, [], False),
        (0, 0, ONE, ONE, [], True),
        (0, 1, ONE, TWO, [], True),
        (1, 1, TWO, TWO, [], True),
        (1, 0, ONE, TWO, [], False),
        (2, 1, ONE, TWO, [], False),
        (1, 2, ONE, TWO, [], False),
        (3, 5, ONE, TWO, [], False),
        (0, 0, EMPTY, TWO, [], False),
        (1, 1, EMPTY, TWO, [], False),
        (0, 0, EMPTY, EMPTY, [EMPTY], False),
        (0, 1, EMPTY, EMPTY, [EMPTY], False),
        (1, 1, EMPTY, EMPTY, [EMPTY], False),
        (-1, 1, ONE, ONE, [], False),
        (-1, -1, ONE, ONE, [], False),
        (1, 2**200, ONE, TWO, [ONE] * 100, False),
    ],
)
def test_consistency_at_the_edges(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes], holds: bool
) -> None:
    assert is_consistent(first, second, first_root, second_root, proof) == holds
