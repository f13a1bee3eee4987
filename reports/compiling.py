"""Compiling a report: claim, freeze, write, hand over. The row's verbs keep the truth."""

import errno
import hashlib
import os
import socket
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from reports import freezing
from reports.errors import CannotCompile
from reports.formats import Compiled
from reports.kinds.consultation import writing
from reports.kinds.consultation.manuscript import manuscript_of
from reports.models import Report

# No block is free, the share of this account is used up, or a file may not grow so large.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def compile_report(report: Report, *, at: datetime | None = None) -> bool:
    """Make the file and hand it over. False if another worker has the claim.

    Raises LostClaim when another takes over on the way. What makes the report impossible is
    told to the person who asked. `at` dates everything, for a story that is told afterwards.
    """
    if not report.claim(worker=this_worker(), at=at):
        return False
    advance = partial(report.advance, at=at)
    try:
        advance(2, "freezing")
        freezing.freeze(report.snapshot, at=at)
        hand_over(report, writing.write_pdf(manuscript_of(report), advance), at=at)
    except CannotCompile as error:
        report.fail(str(error))
    except OSError as error:
        report.fail(why_not_stored(error))
    return True


def hand_over(report: Report, compiled: Compiled, *, at: datetime | None = None) -> None:
    """Store the file under a name of its own, then win the compare-and-set, or discard it."""
    name = f"reports/{report.code}-{report.attempts}.pdf"
    stored = default_storage.save(name, ContentFile(compiled.content))
    published = report.publish(
        file=stored,
        size=len(compiled.content),
        sha256=hashlib.sha256(compiled.content).hexdigest(),
        pages=compiled.pages,
        row_count=compiled.row_count,
        at=at,
    )
    if not published:
        default_storage.delete(stored)


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
