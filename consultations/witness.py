"""The newest root of each log, kept outside the database: whoever rewrites the database alone, its
seals included, is found out."""

import json
import logging
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consultations.models import Seal

log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A root as it was kept."""

    size: int
    root: str


def keep(seal: Seal) -> bool:
    """Keep the root of a new seal, and drop the older ones. False if there is no room now: the next
    seal tries again."""
    slug = seal.consultation.slug
    older = _names(slug)
    if older and _size(older[-1]) >= seal.size:
        return True
    text = json.dumps({"size": seal.size, "root": seal.root, "at": seal.at.isoformat()})
    try:
        default_storage.save(f"{_folder(slug)}/{seal.size:012d}.json", ContentFile(text.encode()))
    except OSError as error:
        log.warning("the root of %s could not be kept: %s", slug, error.strerror)
        return False
    for name in older:
        default_storage.delete(f"{_folder(slug)}/{name}")
    return True


def kept(slug: str) -> Kept | None:
    """The newest root that was kept of a consultation."""
    names = _names(slug)
    if not names:
        return None
    with default_storage.open(f"{_folder(slug)}/{names[-1]}") as file:
        found = json.load(file)
    return Kept(found["size"], found["root"])


def slugs() -> list[str]:
    """Every consultation of which a root was kept."""
    try:
        folders, _names = default_storage.listdir("record")
    except FileNotFoundError:
        return []
    return sorted(folders)


def _folder(slug: str) -> str:
    return f"record/{slug}"


def _names(slug: str) -> list[str]:
    """The files that are there, the newest root last."""
    try:
        _folders, names = default_storage.listdir(_folder(slug))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(names)


def _size(name: str) -> int:
    return int(name.removesuffix(".json"))
