"""The rules of the house that a machine can check."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

APPS = ("accounts", "consultations", "aspirations", "reports", "rkpd_portal")
ROOT = Path(__file__).parent.parent
LIMITS = {".py": 400, ".html": 150}


def our_views() -> Iterator[tuple[str, object]]:
    """Every (route, view) of the site map whose view lives in one of our modules."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, object]]:
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
            elif entry.callback.__module__.split(".")[0] in APPS:
                yield route, entry.callback

    return walk(get_resolver().url_patterns, "")


def our_files(suffix: str) -> list[Path]:
    """The templates, or the Python files of every folder that git keeps."""
    python = [path for path in ROOT.iterdir() if path.name[0] != "." and path.name != "var"]
    return [
        path
        for folder in (python if suffix == ".py" else [ROOT / "templates"])
        for path in sorted(folder.rglob(f"*{suffix}"))
        if "migrations" not in path.parts
    ]


def test_every_view_of_ours_says_who_may_use_it() -> None:
    unmarked = [route for route, view in our_views() if not hasattr(view, "access")]

    assert unmarked == []
    assert len(list(our_views())) > 50


@pytest.mark.parametrize("suffix", LIMITS)
def test_files_stay_short(suffix: str) -> None:
    # The verbs of an aspiration's whole life stand together on purpose.
    exempt = {"aspirations/models/aspiration.py"}
    long = {
        str(path.relative_to(ROOT)): lines
        for path in our_files(suffix)
        if (lines := len(path.read_text().splitlines())) > LIMITS[suffix]
    }

    assert {name: lines for name, lines in long.items() if name not in exempt} == {}


def test_the_median_function_has_fewer_than_ten_lines() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in our_files(".py")
        if "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno
    ]

    assert statistics.median(lengths) < 10


def test_only_one_module_imports_each_file_format() -> None:
    importers = {
        name: sorted(
            str(path.relative_to(ROOT))
            for path in our_files(".py")
            if "tests" not in path.relative_to(ROOT).parts
            if re.search(rf"^\s*(?:from|import) {name}\b", path.read_text(), re.MULTILINE)
        )
        for name in ("weasyprint", "pikepdf")
    }

    assert importers == {
        "weasyprint": ["reports/formats/pdf/typesetting.py"],
        "pikepdf": ["reports/formats/pdf/proof.py"],
    }
