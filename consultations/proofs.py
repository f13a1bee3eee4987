"""What is given out so that others can check the record: files that docs/verify.py reads."""

from collections.abc import Iterable
from typing import Any

from consultations.models import Consultation, Leaf, Recorded, Seal

NEWEST_SHOWN = 200  # besides the last root of each day, of which there is no limit


def receipt(
    seal: Seal, code: str, words: dict[str, str], rows: Iterable[Recorded]
) -> dict[str, Any]:
    """The words and every sealed row about them, each with its proof under the seal's root."""
    leaves = {(leaf.kind, leaf.row): leaf for leaf in _leaves(seal, rows)}
    return {
        "format": "rkpd-receipt/1",
        "consultation": seal.consultation.slug,
        "code": code,
        "words": words,
        "entries": [
            {
                "entry": row.statement(),
                "said": row.words,
                "index": leaves[row.KIND, row.pk].index,
                "proof": seal.inclusion_of(leaves[row.KIND, row.pk]),
            }
            for row in rows
            if (row.KIND, row.pk) in leaves
        ],
        "size": seal.size,
        "root": seal.root,
        "sealed_at": seal.at.isoformat(),
    }


def _leaves(seal: Seal, rows: Iterable[Recorded]) -> Iterable[Leaf]:
    kinds = {row.KIND for row in rows}
    keys = [row.pk for row in rows]
    mine = Leaf.objects.filter(consultation=seal.consultation_id, index__lt=seal.size)
    return mine.filter(kind__in=kinds, row__in=keys)


def roots(consultation: Consultation) -> dict[str, Any]:
    """The last root of each day and the newest ones, the oldest first."""
    seals = consultation.seals.order_by("-size")[:NEWEST_SHOWN]
    found = {seal.size: seal for seal in (*seals, *Seal.objects.last_of_days(consultation.pk))}
    return {
        "format": "rkpd-roots/1",
        "consultation": consultation.slug,
        "roots": [
            {"size": size, "root": found[size].root, "at": found[size].at.isoformat()}
            for size in sorted(found)
        ],
    }


def consistency(first: Seal, second: Seal) -> dict[str, Any]:
    """That the log of the first seal is the beginning of the second's."""
    return {
        "format": "rkpd-consistency/1",
        "consultation": second.consultation.slug,
        "first": {"size": first.size, "root": first.root},
        "second": {"size": second.size, "root": second.root},
        "proof": second.consistency_with(first),
    }
