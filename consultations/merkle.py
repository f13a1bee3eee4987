"""The append-only Merkle tree of RFC 9162, section 2.1: hashes, proofs and their verification.

Pure functions over SHA-256; where leaves are kept is the caller's affair. Saves nothing.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

# The hash of the tree over the leaves [start, end). A caller who keeps the hashes of whole subtrees
# answers from those: every call here starts at a multiple of the power of two it spans.
Subtree = Callable[[int, int], bytes]

HASH_SIZE = 32
EMPTY = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf; its prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size`: the leaves of the left subtree."""
    if size < 2:
        raise ValueError(f"A tree of {size} leaves has no two subtrees.")
    return 1 << ((size - 1).bit_length() - 1)


def subtree_of(hashes: Sequence[bytes]) -> Subtree:
    """The subtrees over leaf hashes held in memory."""

    def subtree(start: int, end: int) -> bytes:
        if not 0 <= start <= end <= len(hashes):
            raise ValueError(f"Of {len(hashes)} leaves there is no range {start} to {end}.")
        if end - start < 2:
            return hashes[start] if end > start else EMPTY
        middle = start + split(end - start)
        return node_hash(subtree(start, middle), subtree(middle, end))

    return subtree


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The siblings on the way from leaf `index` up to the root of `size` leaves (2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"A log of {size} entries has no entry at index {index}.")
    siblings, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            siblings.append(subtree(middle, end))
            end = middle
        else:
            siblings.append(subtree(start, middle))
            start = middle
    return siblings[::-1]


def consistency_proof(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """What shows that the first `second` leaves begin with the first `first` (2.1.4.1).

    Every log begins with the empty one and with itself: those proofs are empty.
    """
    if not 0 <= first <= second:
        raise ValueError(f"A log of {second} entries cannot continue one of {first}.")
    if first == 0:
        return []
    nodes, start, end = [], 0, second
    while end != first:
        middle = start + split(end - start)
        if first <= middle:
            nodes.append(subtree(middle, end))
            end = middle
        else:
            nodes.append(subtree(start, middle))
            start = middle
    if start:  # Otherwise the older tree is a whole subtree, whose root the verifier has.
        nodes.append(subtree(start, end))
    return nodes[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` under `root` (2.1.3.2). False for what is malformed.

    The proof does not bind the size by itself: trust `size` and `root` only as a pair.
    """
    if not (0 <= index < size and _are_hashes(leaf, root, *proof)):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = node_hash(sibling, found)
            place, last = _past_lone_nodes(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the second tree begins with the whole first one (2.1.4.2). False for the malformed.

    RFC 9162 leaves an empty first tree open; here any tree continues it, with an empty proof.
    """
    if not (0 <= first <= second and _are_hashes(first_root, second_root, *proof)):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0 or not proof:
        return first == 0 and not proof
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    older, *rest = proof if place else [first_root, *proof]
    newer = older
    for node in rest:
        if last == 0:
            return False
        if place % 2 or place == last:
            older, newer = node_hash(node, older), node_hash(node, newer)
            place, last = _past_lone_nodes(place, last)
        else:
            newer = node_hash(newer, node)
        place, last = place >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _past_lone_nodes(place: int, last: int) -> tuple[int, int]:
    """Up the levels on which the last node has no sibling and is therefore passed on as it is."""
    while place and place % 2 == 0:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(*values: bytes) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_SIZE for value in values)
