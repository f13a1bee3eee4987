"""The rules of the house that a machine can check."""

import ast
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

APPS = ("accounts", "consultations", "aspirations", "reports", "rkpd_portal")
ROOT = Path(__file__).parent.parent
LIMITS = {".py": 400, ".html": 150}
# Downloaded and run by itself, so that it cannot be split; a third of it is sentences.
ONE_FILE = {"docs/verify.py": 540}


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


def test_what_is_shared_is_what_everyone_reads() -> None:
    shared = [(route, view) for route, view in our_views() if hasattr(view, "shared_by")]

    assert {getattr(view, "access", None) for _route, view in shared} == {"public"}
    assert sorted(route for route, _view in shared) == [
        "",
        "aspirasi/kirim/<slug:slug>/bab/<int:number>/",
        "aspirasi/lihat/<code:code>/",
        "konsultasi/",
        "konsultasi/<slug:slug>/",
        "konsultasi/<slug:slug>/aspirasi/",
        "konsultasi/<slug:slug>/bab/<int:number>/",
        "konsultasi/<slug:slug>/hasil/",
        "laporan/",
        "privasi/",
    ]


@pytest.mark.parametrize("suffix", LIMITS)
def test_files_stay_short(suffix: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in our_files(suffix)
    }
    long = {
        name: lines for name, lines in lengths.items() if lines > ONE_FILE.get(name, LIMITS[suffix])
    }

    assert long == {}


def test_the_median_function_has_fewer_than_ten_lines() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in our_files(".py")
        if "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno
    ]

    assert statistics.median(lengths) < 10


def imports_of(path: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in it, type hints included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] in APPS}


def modules() -> dict[str, Path]:
    """Every module of the portal by its dotted name; a package by its own."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in our_files(".py")
        if path.relative_to(ROOT).parts[0] in APPS
    }


def test_no_circle_of_files() -> None:
    known = modules()
    # A package's own file gathers its modules; importing one of them goes past it.
    arrows = {
        name: {target for target in imports_of(path) if target in known and target != name}
        for name, path in known.items()
    }

    circles = [sorted(group) for group in strongly_connected(arrows) if len(group) > 1]

    assert circles == []
    assert sum(map(len, arrows.values())) > 300


def strongly_connected(arrows: dict[str, set[str]]) -> list[set[str]]:
    """Groups of files that reach each other (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[set[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for target in arrows[name]:
            if target not in order:
                visit(target)
                lowest[name] = min(lowest[name], lowest[target])
            elif target in stack:
                lowest[name] = min(lowest[name], order[target])
        if lowest[name] == order[name]:
            place = stack.index(name)
            groups.append(set(stack[place:]))
            del stack[place:]

    for name in arrows:
        if name not in order:
            visit(name)
    return groups


def test_no_import_hides_behind_type_checking() -> None:
    hidden = [
        str(path.relative_to(ROOT))
        for path in our_files(".py")
        if "TYPE_CHECKING" in path.read_text() and path.name != Path(__file__).name
    ]

    assert hidden == []


def test_no_app_outweighs_the_others() -> None:
    lines = {
        app: sum(
            len(path.read_text().splitlines())
            for name, path in modules().items()
            if name.split(".")[0] == app
        )
        for app in APPS
    }

    assert max(lines.values()) < 0.35 * sum(lines.values()), lines


WHAT_THE_WEB_LOADS = """
import sys, django
django.setup()
import rkpd_portal.urls, rkpd_portal.celery
rkpd_portal.celery.app.loader.import_default_modules()
print(*sorted({"weasyprint", "pydyf", "pikepdf", "fontTools", "segno"} & set(sys.modules)))
"""


def test_no_page_and_no_task_loads_what_only_a_format_needs() -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "rkpd_portal.settings"}

    loaded = subprocess.run(
        [sys.executable, "-c", WHAT_THE_WEB_LOADS],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.split() == []


def test_only_one_module_imports_each_file_format() -> None:
    importers = {
        name: sorted(
            str(path.relative_to(ROOT))
            for path in our_files(".py")
            if "tests" not in path.relative_to(ROOT).parts
            if re.search(rf"^\s*(?:from|import) {name}\b", path.read_text(), re.MULTILINE)
        )
        for name in ("weasyprint", "pydyf", "pikepdf", "fontTools", "segno")
    }

    assert importers == {
        "weasyprint": ["reports/formats/pdf/typesetting.py"],
        "pydyf": ["reports/formats/pdf/tagging.py"],
        "pikepdf": ["reports/formats/pdf/proof.py"],
        "fontTools": ["reports/formats/pdf/typeface.py"],
        "segno": ["reports/formats/pdf/making.py"],
    }
