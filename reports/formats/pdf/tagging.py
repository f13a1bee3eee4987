"""What WeasyPrint 70 leaves out of the structure tree, completed before the file is written.

It names the heads of a table and lists them at every cell, but says neither what a head stands
over (/Scope) nor where a name is found (/IDTree): ISO 32000-1, 14.7.2 and 14.8.5.7.
"""

import pydyf


def complete(_document: object, pdf: pydyf.PDF) -> None:
    """A `finisher` of WeasyPrint: every head gets its scope, and every name its place."""
    elements = {
        thing.reference: thing
        for thing in pdf.objects
        if isinstance(thing, pydyf.Dictionary) and thing.get("Type") == "/StructElem"
    }
    heads = [element for element in elements.values() if element["S"] == "/TH"]
    for head in heads:
        head["A"]["Scope"] = "/Column" if _is_in_head(head, elements) else "/Row"
    if heads:
        _root_of(pdf)["IDTree"] = _name_tree(heads)


def _is_in_head(cell: pydyf.Dictionary, elements: dict[bytes, pydyf.Dictionary]) -> bool:
    """Whether the cell's row stands in the table's THead; the row's own head stands elsewhere."""
    row = elements[cell["P"]]
    return bool(elements[row["P"]]["S"] == "/THead")


def _root_of(pdf: pydyf.PDF) -> pydyf.Dictionary:
    return next(
        thing
        for thing in pdf.objects
        if isinstance(thing, pydyf.Dictionary) and thing.get("Type") == "/StructTreeRoot"
    )


def _name_tree(heads: list[pydyf.Dictionary]) -> pydyf.Dictionary:
    """The heads by their names, in the order of bytes that a reader's search relies on."""
    names = pydyf.Array()
    for head in sorted(heads, key=lambda head: head["ID"].data):
        names.extend((head["ID"], head.reference))
    return pydyf.Dictionary({"Names": names})
