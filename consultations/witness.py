"""The newest root of each log and the last of each day, kept outside the database: whoever rewrites
the database alone, its seals included, is found out. A root is followed only by one that continues
it."""

import json
import logging
import re
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from consultations.models import Consultation, Seal

log = logging.getLogger(__name__)
NAME = re.compile(r"[0-9]{12}-[0-9]{8}-[0-9a-f]{16}\.json")  # size, day, beginning of the root
HASH = re.compile(r"[0-9a-f]{64}")


class Kept(NamedTuple):
    """A seal as it was kept; size -1 for a file that cannot be read."""

    size: int
    root: str
    link: str


UNREADABLE = Kept(-1, "", "")


def keep(consultation: Consultation) -> bool:
    """Keep the newest seal in the place of an older one of the same day. False if it cannot be
    stored now. Where the log does not continue the one that is kept, that one stays, and the check
    says so."""
    slug = consultation.slug
    try:
        older = _names(slug)
        seal = Seal.objects.newest(consultation.pk)  # so it is no older than what another kept
        if seal and (not older or continues(seal, _read(slug, older[-1]))):
            _replace(slug, seal, older)
        elif older:
            log.error("the log of %s does not continue the one that was kept", slug)
    except OSError as error:
        log.warning("the root of %s could not be kept: %s", slug, error.strerror)
        return False
    return True


def accept(consultation: Consultation) -> None:
    """Keep the newest seal although its log does not continue what was kept. Only for a database
    that was restored from a backup, after that was recorded; see `reports/restoring.py`. Raises
    OSError if there is no room now; then what was kept is still there."""
    if seal := Seal.objects.newest(consultation.pk):
        _replace(consultation.slug, seal, _names(consultation.slug))


def may_be_restored(seal: Seal | None) -> bool:
    """Whether the log can be an older state of the one that was kept: it continues the last root
    that it is long enough for. Where no such root is left, it must at least be shorter."""
    if seal is None:
        return True
    slug = seal.consultation.slug
    *before, newest = _names(slug)
    shorter = [name for name in before if _size(name) <= seal.size]
    if not shorter:
        return seal.size < _size(newest)
    return continues(seal, _read(slug, shorter[-1]))


def _replace(slug: str, seal: Seal, older: list[str]) -> None:
    """Of each day the last seal stays. What is larger is of a log that was lost (`accept`)."""
    day = f"{timezone.localdate(seal.at):%Y%m%d}"
    name = f"{seal.size:012d}-{day}-{seal.root[:16]}.json"
    kept = {"size": seal.size, "root": seal.root, "link": seal.link, "at": seal.at.isoformat()}
    if name not in older:
        path = f"{_folder(slug)}/{name}"
        saved = default_storage.save(path, ContentFile(json.dumps(kept).encode()))
        if saved != path:  # another sealer was faster
            default_storage.delete(saved)
    for other in older:
        if other != name and (f"-{day}-" in other or _size(other) >= seal.size):
            default_storage.delete(f"{_folder(slug)}/{other}")


def _size(name: str) -> int:
    return int(name.partition("-")[0])


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
        try:
            names = _names(slug)
            return _read(slug, names[-1]) if names else None
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("the kept root of %s cannot be read: %s", slug, error.strerror)
            break
    return UNREADABLE


def _read(slug: str, name: str) -> Kept:
    try:
        with default_storage.open(f"{_folder(slug)}/{name}") as file:
            found = json.load(file)
        kept = Kept(int(found["size"]), str(found["root"]), str(found["link"]))
        return kept if HASH.fullmatch(kept.root) and HASH.fullmatch(kept.link) else UNREADABLE
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
