"""Compiling a report: claim, freeze, write, hand over. The row's verbs keep the truth."""

import errno
import gc
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _

from accounts.heartbeat import AWAY, Heartbeat, beating
from reports import freezing
from reports.errors import CannotCompile, LostClaim
from reports.formats import Compiled
from reports.kinds.consultation import writing
from reports.kinds.consultation.manuscript import manuscript_of
from reports.models import Report
from reports.models.report import lease

T = TypeVar("T")
# No block is free, the share of this account is used up, or a file may not grow so large.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
BEATS_PER_LEASE = 5
NEVER = 10**9  # younger collections until a full one
PATIENCE = 300.0  # seconds that finished work waits for a database that is away
PAUSE = 1.0


def compile_report(report: Report, *, at: datetime | None = None) -> bool:
    """Make the file and hand it over. False if another worker has the claim.

    Raises LostClaim when another takes over on the way. What makes the report impossible is
    told to the person who asked. `at` dates everything, for a story that is told afterwards.
    """
    if not report.claim(worker=this_worker(), at=at):
        return False
    every = lease().total_seconds() / BEATS_PER_LEASE
    # The heart renews a copy: it reads the row's fields from a thread of its own.
    with without_full_collections(), beating(copy(report).renew_lease, every) as heart:
        _compile(report, heart, at)
    return True


@contextmanager
def without_full_collections() -> Iterator[None]:
    """Python's full garbage collections stop every thread, the heart's too: for 25 s with 2,000
    aspirations on a busy machine. A layout keeps what it makes, so they find little to free.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)


def _compile(report: Report, heart: Heartbeat, at: datetime | None) -> None:
    """The work itself. A database that is away for a while costs it nothing but time."""
    tell = partial(_tell, report, heart, at)
    try:
        tell(1, "freezing")
        insist(lambda: freezing.freeze(report.snapshot, at=at))
        manuscript = insist(lambda: manuscript_of(report))
        hand_over(report, writing.write_pdf(manuscript, tell), at=at)
    except CannotCompile as error:
        insist(partial(report.fail, str(error)))
    except OSError as error:
        insist(partial(report.fail, why_not_stored(error)))


def _tell(report: Report, heart: Heartbeat, at: datetime | None, percent: int, stage: str) -> None:
    """Show how far it is. What cannot be shown now does not stop the work; a lost claim does."""
    if heart.lost.is_set():
        raise LostClaim(report.code)
    try:
        report.advance(percent, stage, at=at)
    except AWAY:
        if connection.in_atomic_block:
            raise
        connection.close()


def insist(work: Callable[[], T]) -> T:
    """Do it on a new connection once more, while the database is away and patience lasts."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except AWAY:
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
        time.sleep(PAUSE)


def hand_over(report: Report, compiled: Compiled, *, at: datetime | None = None) -> None:
    """Store the file under a name of its own, then win the compare-and-set, or discard it."""
    stored = default_storage.save(name_for(report, report.attempts), ContentFile(compiled.content))
    publish = partial(
        report.publish,
        file=stored,
        size=len(compiled.content),
        sha256=hashlib.sha256(compiled.content).hexdigest(),
        pages=compiled.pages,
        row_count=compiled.row_count,
        at=at,
    )
    if not insist(publish):
        default_storage.delete(stored)
    else:
        forget_earlier(report)


def name_for(report: Report, attempt: int) -> str:
    return f"reports/{report.code}-{attempt}.pdf"


def forget_earlier(report: Report) -> None:
    """Delete what workers stored that were killed before they could publish it."""
    for attempt in range(1, report.attempts):
        default_storage.delete(name_for(report, attempt))


def why_not_stored(error: OSError) -> str:
    """A sentence for the person who asked, in the language that is active."""
    if error.errno in NO_ROOM:
        return _(
            "The server has no room left for the file, so nothing was stored. "
            "Ask the administrator to free disk space, then try again."
        )
    return _("The file could not be stored: %(error)s.") % {"error": error.strerror or error}


def this_worker() -> str:
    """Machine and process, as the report's history names them."""
    return f"{socket.gethostname()}/{os.getpid()}"[:100]
