"""Sheets of many parts reach the browser as one file each."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from rkpd_portal.stylesheets import SHEETS, OneFilePerSheet


def collect(folder: Path) -> None:
    """Our stylesheets into a folder, as collectstatic does it."""
    storage = OneFilePerSheet(location=str(folder), base_url="/static/")
    paths: dict[str, Any] = {}
    for finder in finders.get_finders():
        paths |= {path: (found, path) for path, found in finder.list([]) if path.startswith("css/")}
    for path, (found, name) in paths.items():
        storage.delete(path)
        with found.open(name) as file:
            storage.save(path, file)
    outcomes = list(storage.post_process(paths))

    assert [outcome for outcome in outcomes if isinstance(outcome[2], Exception)] == []


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    collect(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SHEETS)
def test_a_collected_sheet_holds_its_parts_in_order(collected: Path, name: str) -> None:
    sheet = (collected / name).read_text()

    assert "@import" not in sheet
    assert sheet.index("@layer reset, base, layout, components, pages;") < sheet.index(".button {")
    assert "--paper-50: #" in sheet
    assert sheet.count("\n  .card {") == 1


def test_a_part_has_no_address_of_its_own(collected: Path) -> None:
    hashed = re.findall(r"([a-z-]+)\.[0-9a-f]{12}\.css$", names(collected), re.MULTILINE)

    assert sorted(hashed) == ["desk", "report", "resident"]


def names(folder: Path) -> str:
    return "\n".join(str(path) for path in folder.rglob("*.css"))


def test_collecting_twice_gives_the_same(collected: Path) -> None:
    before = {path.name: path.read_bytes() for path in collected.rglob("*.css")}

    collect(collected)

    assert {path.name: path.read_bytes() for path in collected.rglob("*.css")} == before
