"""The newest root of each log, kept outside the database: whoever rewrites the database alone, its
seals included, is found out. A root is replaced only by one of a log that continues it."""

import json
import logging
import re
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consultations.models import Consultation, Seal

log = logging.getLogger(__name__)
NAME = re.compile(r"[0-9]{12}-[0-9a-f]{16}\.json")


class Kept(NamedTuple):
    """A seal as it was kept; size -1 for a file that cannot be read."""

    size: int
    root: str
    link: str


UNREADABLE = Kept(-1, "", "")


def keep(consultation: Consultation) -> bool:
    """Keep the newest seal in the place of an older one. False if there is no room now, or the
    log does not continue the one that is kept: `check_record` says so."""
    slug = consultation.slug
    try:
        older = _names(slug)
        seal = Seal.objects.newest(consultation.pk)  # so it is no older than what another kept
        if seal is None:
            return not older
        if older and not continues(seal, _read(slug, older[-1])):
            log.error("the log of %s does not continue the one that was kept", slug)
            return False
        return _replace(slug, seal, older)
    except OSError as error:
        log.warning("the root of %s could not be kept: %s", slug, error.strerror)
        return False


def accept(consultation: Consultation) -> None:
    """Keep the newest seal although its log does not continue what was kept. Only for a database
    that was restored from a backup, after that was recorded; see `reports/restoring.py`."""
    if seal := Seal.objects.newest(consultation.pk):
        _replace(consultation.slug, seal, _names(consultation.slug))


def _replace(slug: str, seal: Seal, older: list[str]) -> bool:
    name = f"{_folder(slug)}/{seal.size:012d}-{seal.root[:16]}.json"
    kept = {"size": seal.size, "root": seal.root, "link": seal.link, "at": seal.at.isoformat()}
    if not default_storage.exists(name):
        saved = default_storage.save(name, ContentFile(json.dumps(kept).encode()))
        if saved != name:  # another sealer was faster
            default_storage.delete(saved)
    for other in older:
        if (path := f"{_folder(slug)}/{other}") != name:
            default_storage.delete(path)
    return True


def continues(seal: Seal, older: Kept) -> bool:
    """Whether the log under the seal begins with what was kept."""
    if not 0 < older.size <= seal.size:
        return False
    before = Seal.objects.of(seal.consultation_id).filter(size=older.size, link=older.link)
    try:
        begins = seal.log.subtree(0, older.size).hex() == older.root
    except KeyError:  # leaves are missing
        return False
    return begins and before.exists()


def kept(slug: str) -> Kept | None:
    """The newest root that was kept of a consultation."""
    for _time in range(2):  # a newer one may take its place between the two looks
        names = _names(slug)
        if not names:
            return None
        try:
            return _read(slug, names[-1])
        except FileNotFoundError:
            continue
    return UNREADABLE


def _read(slug: str, name: str) -> Kept:
    try:
        with default_storage.open(f"{_folder(slug)}/{name}") as file:
            found = json.load(file)
        return Kept(int(found["size"]), str(found["root"]), str(found["link"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return UNREADABLE


def slugs() -> list[str]:
    """Every consultation of which a root was kept."""
    return sorted(_listing("record")[0])


def _folder(slug: str) -> str:
    return f"record/{slug}"


def _names(slug: str) -> list[str]:
    """The files that are there, the newest root last."""
    return sorted(name for name in _listing(_folder(slug))[1] if NAME.fullmatch(name))


def _listing(folder: str) -> tuple[list[str], list[str]]:
    """Folders and files; nothing where there is no such folder yet."""
    try:
        folders, names = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    return folders, names
