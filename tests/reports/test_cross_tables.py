"""What the rows of a report say in numbers."""

from typing import Any

from reports import figures
from reports.formats.pdf import tokens
from reports.kinds.consultation.contents import Contents
from reports.kinds.consultation.manuscript import Manuscript


def row(**fields: Any) -> dict[str, Any]:
    return {"disposition": "pending", "regency_code": "62.03", "tags": [], **fields}


def test_cross_table_counts_each_cell_and_every_row_once_in_the_sum() -> None:
    tag = {"facet": "approach", "slug": "spatial", "name": "Spasial"}
    other = {**tag, "slug": "thematic"}
    rows = [row(tags=[tag, other]), row(tags=[tag], disposition="noted"), row()]

    table = figures.cross_table(
        "x",
        "X",
        "X",
        rows,
        lambda one: figures.tags_of(one, "approach"),
        [("spatial", "Spasial"), ("thematic", "Tematik"), ("", "Tanpa")],
        [("pending", "Belum"), ("noted", "Dicatat")],
    )

    assert [(line.label, line.counts) for line in table.lines] == [
        ("Spasial", [1, 1]),
        ("Tematik", [1, 0]),
        ("Tanpa", [1, 0]),
    ]
    assert (table.sums.counts, table.sums.total) == ([2, 1], 3)


def test_chart_keeps_zeros_and_the_order_given() -> None:
    rows = [row(), row(disposition="noted"), row(regency_code="62.71")]

    chart = figures.chart(
        "x", "X", rows, "regency_code", [("62.01", "Kobar"), ("62.03", "Kapuas"), ("62.71", "PR")]
    )

    assert [(bar.label, bar.count, bar.answered) for bar in chart.bars] == [
        ("Kobar", 0, 0),
        ("Kapuas", 2, 1),
        ("PR", 1, 0),
    ]
    assert chart.has_waiting


def test_contents_names_silent_regencies_and_reconciles(
    manuscript: Manuscript,
) -> None:
    contents = Contents(manuscript)

    assert len(contents.regencies) == 14
    assert contents.heard_regencies == 2
    assert "Kapuas" not in contents.silent_regencies
    assert contents.received_total - contents.withdrawn - contents.left_out == 2
    assert len(contents.parts) == 8


def test_drawings_take_their_colours_from_the_tokens() -> None:
    assert tokens.color("color-chart") == tokens.color("river-700")
    assert tokens.color("color-chart").startswith("#")
    assert "prefers-color-scheme" not in tokens.stylesheet()
