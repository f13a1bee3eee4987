"""The newest root of each log and the last of each day, kept outside the database: whoever rewrites
the database alone, its seals included, is found out. A root is followed only by one that continues
it."""

import json
import logging
import re
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from consultations.models import Consultation, Seal

log = logging.getLogger(__name__)
NAME = re.compile(r"[0-9]{12}-[0-9]{8}-[0-9a-f]{16}\.json")  # size, day, beginning of the root
SLUG = re.compile(r"[-0-9A-Za-z_]+")
HASH = re.compile(r"[0-9a-f]{64}")
TRIES = 5  # so often may another sealer be faster


class Kept(NamedTuple):
    """A seal as it was kept; size -1 for a file that cannot be read. A root that comes from a mail
    has no link."""

    size: int
    root: str
    link: str = ""


SPOILT = Kept(-1, "")


def keep(consultation: Consultation) -> bool:
    """Keep the newest seal in the place of an older one of the same day. False if it cannot be
    stored now. Where it is not the root of its log, or the log does not continue what is kept, that
    stays, and the check says so."""
    for _time in range(TRIES):
        try:
            _keep(consultation)
        except FileNotFoundError:  # another sealer just put a newer one in its place
            continue
        except OSError as error:
            log.warning("the root of %s could not be kept: %s", consultation.slug, error.strerror)
            break
        return True
    return False


def _keep(consultation: Consultation) -> None:
    slug = consultation.slug
    older = _names(slug)
    seal = Seal.objects.newest(consultation.pk)  # so it is no older than what another kept
    if seal and _name(seal) in older[-1:]:
        return
    if seal and seal.is_true() and (not older or continues(seal, _read(slug, older[-1]))):
        _save(seal)
        day = _day(_name(seal))
        same_day = takewhile(lambda name: _day(name) == day, reversed(older))
        _delete(slug, same_day, but=seal)
    elif older:
        log.error("the log of %s does not continue the one that was kept", slug)


def accept(consultation: Consultation) -> None:
    """Keep the newest seal although its log does not continue all that was kept, and drop what it
    does not continue. Only for a database that was restored from a backup, after that was recorded;
    see `reports/restoring.py`. Raises OSError if there is no room now; then all is still there."""
    slug = consultation.slug
    if seal := Seal.objects.newest(consultation.pk):
        lost = [name for name in _names(slug) if not continues(seal, _read(slug, name))]
        _save(seal)
        _delete(slug, lost, but=seal)


def proven(seal: Seal) -> int:
    """The size of the longest kept root that the log continues; 0 if it continues none. Raises
    OSError."""
    slug = seal.consultation.slug
    for name in reversed(_names(slug)):
        if continues(seal, older := _read(slug, name)):
            return older.size
    return 0


def _save(seal: Seal) -> None:
    path = f"{_folder(seal.consultation.slug)}/{_name(seal)}"
    kept = {"size": seal.size, "root": seal.root, "link": seal.link, "at": seal.at.isoformat()}
    if not default_storage.exists(path):
        saved = default_storage.save(path, ContentFile(json.dumps(kept).encode()))
        if saved != path:  # another sealer was faster
            default_storage.delete(saved)


def _delete(slug: str, names: Iterable[str], *, but: Seal) -> None:
    for name in names:
        if name != _name(but):
            default_storage.delete(f"{_folder(slug)}/{name}")


def _name(seal: Seal) -> str:
    day = timezone.localdate(seal.at).isoformat().replace("-", "")
    return f"{seal.size:012d}-{day}-{seal.root[:16]}.json"


def _day(name: str) -> str:
    return name.split("-")[1]


def continues(seal: Seal, older: Kept) -> bool:
    """Whether the log under the seal begins with what was kept."""
    if not 0 < older.size <= seal.size:
        return False
    before = Seal.objects.of(seal.consultation_id).filter(size=older.size)
    if older.link:
        before = before.filter(link=older.link)
    try:
        begins = seal.log.subtree(0, older.size).hex() == older.root
    except KeyError:  # leaves are missing
        return False
    return begins and before.exists()


def kept(slug: str) -> Kept | None:
    """The newest root that was kept of a consultation. (It was only kept because its log continues
    the ones before it, so those need not be looked at again.)"""
    for _time in range(TRIES):
        try:
            names = _names(slug)
            return _read(slug, names[-1]) if names else None
        except FileNotFoundError:  # a newer one took its place between the two looks
            continue
        except OSError as error:
            log.warning("the kept root of %s cannot be read: %s", slug, error.strerror)
            break
    return SPOILT


def _read(slug: str, name: str) -> Kept:
    try:
        with default_storage.open(f"{_folder(slug)}/{name}") as file:
            found = json.load(file)
        kept = Kept(int(found["size"]), str(found["root"]), str(found["link"]))
        return kept if HASH.fullmatch(kept.root) and HASH.fullmatch(kept.link) else SPOILT
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return SPOILT


def slugs() -> list[str]:
    """Every consultation of which a root was kept."""
    return sorted(_listing("record")[0])


def _folder(slug: str) -> str:
    """Raises SuspiciousOperation for what leads to another consultation's folder."""
    if not SLUG.fullmatch(slug):
        raise SuspiciousOperation(slug)
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
