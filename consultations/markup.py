"""Plan text as HTML: sanitised, cut into blocks, rendered for readers. Saves nothing."""

import re
from typing import NamedTuple

import nh3
from django.utils.html import linebreaks
from lxml import etree, html
from lxml.html import HtmlElement

from accounts.fields import INVISIBLE

BLOCK_TAGS = {
    "h2": "heading",
    "h3": "heading",
    "p": "paragraph",
    "ul": "list",
    "ol": "list",
    "table": "table",
}
HEADING_ALIASES = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"}
INLINE_TAGS = {"strong", "em", "a", "br", "sub", "sup"}
INNER_TAGS = {"li", "caption", "thead", "tbody", "tr", "th", "td"}
ALLOWED_TAGS = set(BLOCK_TAGS) | set(HEADING_ALIASES) | INLINE_TAGS | INNER_TAGS | {"b", "i"}
ALLOWED_ATTRIBUTES = {
    "a": {"href"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
MOST_CELLS_COVERED = 50
SPACE = re.compile(r"\s+")
BLOCK_MARKUP = re.compile(rf"</?(?:{'|'.join([*BLOCK_TAGS, *HEADING_ALIASES])})\b[^>]*>", re.I)
INLINE_MARKUP = re.compile(rf"</?(?:{'|'.join([*sorted(INLINE_TAGS), 'b', 'i'])})\b[^>]*>", re.I)


class BlockMarkup(NamedTuple):
    """One block: its kind (a `BlockText.Kind` value) and its sanitised HTML."""

    kind: str
    html: str


def sanitise(text: str) -> str:
    """Keep only the tags and attributes that a plan needs; links only to http(s) and mailto."""
    clean = nh3.clean(
        text,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes={"https", "http", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener",
        strip_comments=True,
    )
    return INVISIBLE.sub("", clean)  # afterwards, since &#11; is such a sign as well


def from_typing(text: str) -> str:
    """HTML as it came, or plain text as HTML: a blank line begins a new paragraph."""
    if BLOCK_MARKUP.search(text):
        return text
    return linebreaks(text, autoescape=not INLINE_MARKUP.search(text))


def split_blocks(text: str) -> list[BlockMarkup]:
    """Cut sanitised HTML into one block per top-level element; loose text becomes paragraphs."""
    root = html.fragment_fromstring(sanitise(text), create_parent="div")
    _rename_aliases(root)
    _lift_blocks(root)
    _flatten_headings(root)
    _tidy_inner(root)
    for table in root.iter("table"):
        _name_heads(table)
    blocks: list[BlockMarkup] = []
    loose = html.Element("p")
    _append_text(loose, root.text)
    for child in list(root):
        tail, child.tail = child.tail, None
        if child.tag in BLOCK_TAGS:
            blocks += _close(loose) + _block(child)
            loose = html.Element("p")
        else:
            loose.append(child)
        _append_text(loose, tail)
    return blocks + _close(loose)


def _rename_aliases(root: HtmlElement) -> None:
    for element in root.iter("h1", "h4", "h5", "h6", "b", "i"):
        tag = str(element.tag)
        element.tag = HEADING_ALIASES.get(tag) or {"b": "strong", "i": "em"}[tag]


def _lift_blocks(root: HtmlElement) -> None:
    """Take away what wraps blocks (`<a><p>`) or stands without its parent (`<li>`)."""
    child = root[0] if len(root) else None
    while child is not None:
        if child.tag not in BLOCK_TAGS and any(True for _ in child.iterdescendants(*BLOCK_TAGS)):
            before = child.getprevious()
            child.drop_tag()
            child = root[0] if before is None else before
            continue
        if child.tag == "li":
            child.tag = "p"
        child = child.getnext()


def _flatten_headings(root: HtmlElement) -> None:
    for heading in root.iter("h2", "h3"):
        for inner in list(heading.iterdescendants()):
            if inner.tag not in INLINE_TAGS:
                inner.drop_tag()


def _tidy_inner(root: HtmlElement) -> None:
    """Editors wrap the words of each cell and item in `<p>` and write out spans of one."""
    for holder in root.iter("li", "td", "th"):
        paragraphs = holder.findall("p")
        if len(paragraphs) == 1:
            paragraphs[0].drop_tag()
        for span in ("colspan", "rowspan"):
            if holder.get(span) == "1":
                del holder.attrib[span]


def _name_heads(table: HtmlElement) -> None:
    """Rows of `<th>` at the top become the table's head; every head says what it heads."""
    body = table.find("tbody")
    if table.find("thead") is None and body is not None:
        head = html.Element("thead")
        for row in list(body):
            if not len(row) or any(cell.tag != "th" for cell in row):
                break
            head.append(row)
        if len(head) and len(body):
            body.addprevious(head)
        else:
            body[:0] = list(head)
    for cell in table.iter("th"):
        above = cell.getparent().getparent()
        cell.set("scope", cell.get("scope") or ("col" if above.tag == "thead" else "row"))


def _append_text(element: HtmlElement, text: str | None) -> None:
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _close(loose: HtmlElement) -> list[BlockMarkup]:
    return _block(loose)


def _block(element: HtmlElement) -> list[BlockMarkup]:
    if not element.text_content().strip():
        return []
    markup = etree.tostring(element, encoding="unicode", method="html").strip()
    return [BlockMarkup(BLOCK_TAGS[str(element.tag)], markup)]


def plain_text(text: str) -> str:
    """The words of a block in one line, as a reader would quote them."""
    if not text.strip():
        return ""
    root = html.fragment_fromstring(text, create_parent="div")
    for cell in root.iter("td", "th", "li", "caption", "br", "p"):
        cell.tail = " " + (cell.tail or "")
    return SPACE.sub(" ", root.text_content()).strip()


def quotable(text: str) -> str:
    """The words by which a reader would name a block: of a table with a caption, the caption."""
    root = html.fragment_fromstring(text, create_parent="div")
    caption = root.find("table/caption")
    return plain_text(_inner(caption)) if caption is not None else plain_text(text)


def render(kind: str, text: str) -> str:
    """The block as readers get it: tables in a frame that scrolls, cells that know their head."""
    if kind != "table":
        return text
    table = html.fragment_fromstring(text)
    heads = _column_heads(table)
    for row in table.xpath("./tbody/tr"):
        _label_cells(row, heads)
    frame = html.Element("div", {"class": "table-frame", "tabindex": "0", "role": "region"})
    caption = table.find("caption")
    frame.set("aria-label", plain_text(_inner(caption)) if caption is not None else "Tabel")
    frame.append(table)
    return etree.tostring(frame, encoding="unicode", method="html")


def _column_heads(table: HtmlElement) -> list[str]:
    """What stands above each column; a head over several columns comes before their own."""
    above: dict[tuple[int, int], str] = {}
    rows = table.xpath("./thead/tr")
    for line, row in enumerate(rows):
        column = 0
        for cell in row.xpath("./th|./td"):
            while (line, column) in above:
                column += 1
            words, width = plain_text(_inner(cell)), _span(cell, "colspan")
            for down in range(_span(cell, "rowspan")):
                above.update({(line + down, column + right): words for right in range(width)})
            column += width
    columns = 1 + max((column for _line, column in above), default=-1)
    return [
        ": ".join(
            dict.fromkeys(filter(None, (above.get((line, column)) for line in range(len(rows)))))
        )
        for column in range(columns)
    ]


def _label_cells(row: HtmlElement, heads: list[str]) -> None:
    """Tell each cell what stands above it, if the row is as wide as the head."""
    cells = row.xpath("./td|./th")
    if sum(_span(cell, "colspan") for cell in cells) != len(heads):
        return
    column = 0
    for cell in cells:
        width = _span(cell, "colspan")
        if width == 1 and heads[column]:
            cell.set("data-label", heads[column])
        column += width


def _span(cell: HtmlElement, name: str) -> int:
    """How many columns or rows a cell covers; absurd numbers count as no more than 50."""
    typed = cell.get(name, "1")
    return min(max(int(typed[:4]), 1), MOST_CELLS_COVERED) if typed.isdecimal() else 1


def _inner(element: HtmlElement) -> str:
    inside = element.text or ""
    return inside + "".join(etree.tostring(child, encoding="unicode") for child in element)
