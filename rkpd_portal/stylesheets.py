"""Stylesheets are written in parts; collecting the static files makes one file of each sheet."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = ("css/resident.css", "css/desk.css")
PART = re.compile(r'^@import "(.+)";\n', re.MULTILINE)


class OneFilePerSheet(CompressedManifestStaticFilesStorage):
    """Collects as WhiteNoise does, after `@import "part.css";` gave way to the part itself.

    A chain of imports costs a slow line one more round trip, and a request for every part. Where
    nothing is collected (runserver) the browser follows the imports, and sees the same.
    """

    def __init__(self, *options: Any, **named: Any) -> None:
        super().__init__(*options, **named)
        self._urls: dict[str, str] = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """Worked out once: a page names two dozen files, and none changes while the portal runs."""
        if name is None or force or settings.DEBUG:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = str(super().url(name))
        return self._urls[name]

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            wholes = {name: whole_sheet(name, paths) for name in SHEETS}
            parts = {part for name in SHEETS for part in parts_of(name, paths)}
            for name, whole in wholes.items():
                self.delete(name)
                self._save(name, ContentFile(whole.encode()))
            paths = {name: place for name, place in paths.items() if name not in parts}
            paths |= {name: (self, name) for name in SHEETS}
        yield from super().post_process(paths, dry_run, **options)


def whole_sheet(name: str, paths: dict[str, Any]) -> str:
    """The sheet with its parts in place. KeyError when a part does not exist."""
    return PART.sub(lambda found: source(f"css/{found[1]}", paths), source(name, paths))


def parts_of(name: str, paths: dict[str, Any]) -> list[str]:
    return [f"css/{part}" for part in PART.findall(source(name, paths))]


def source(name: str, paths: dict[str, Any]) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
