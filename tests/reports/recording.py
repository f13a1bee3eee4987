"""A record in which everything happened, and what check_record says of it."""

import hashlib
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import translation

from accounts.models import User
from consultations import witness
from consultations.models import ChapterText, Consultation, Seal
from consultations.tasks import seal as seal_task
from reports.freezing import freeze
from reports.models import Report
from tests import administration, factories

PAPER = b"%PDF-1.7 paper"


def everything_happened(text: ChapterText, planner: User, lead_planner: User) -> Report:
    """A consultation in which everything happened, with a released report."""
    answered = factories.make_answered(text, planner, contact_email="rina@contoh.id")
    answered.respond(by=planner, disposition="noted", reason="Kami catat lagi.")
    joined = factories.make_aspiration(text)
    joined.merge(into=answered, by=planner)
    completed = factories.make_aspiration(text)
    completed.return_(by=planner, reason="Desa mana?")
    completed.complete("Desa Sei Pasah.")
    withdrawn = factories.make_accepted(text, planner)
    withdrawn.withdraw()
    report, _internal = Report.objects.request(answered.consultation, by=planner)
    assert report.claim(worker="here/1")
    freeze(report.snapshot)
    hand_in(report)
    seal(report.consultation)
    report.release(by=lead_planner)
    seal(report.consultation)
    return report


def hand_in(report: Report) -> None:
    """What a worker does at the end: the file is stored, and the report ready."""
    file = default_storage.save(f"reports/{report.code}-1.pdf", ContentFile(PAPER))
    made: dict[str, Any] = {
        "file": file,
        "size": len(PAPER),
        "sha256": hashlib.sha256(PAPER).hexdigest(),
    }
    assert report.publish(**made, pages=1, row_count=report.snapshot.row_count)


def seal(consultation: Consultation) -> Seal:
    newest = Seal.objects.seal(consultation.pk)
    assert newest
    assert witness.keep(consultation)
    return newest


def go_on(consultation: Consultation) -> None:
    """Life goes on after a tampering: people send, the sealer seals and keeps what it may."""
    text = consultation.drafts.get().texts.published()[0]
    factories.make_aspiration(text)
    seal_task()


def check() -> list[str]:
    """What check_record prints in English, and that it ends as it should."""
    out, code = StringIO(), 0
    try:
        with translation.override("en"):
            call_command("check_record", stdout=out)
    except CommandError as error:
        code = error.returncode
    lines = out.getvalue().splitlines()
    holds = lines == ["The record holds."]
    assert code == (0 if holds else 1)
    assert lines
    return [] if holds else lines


def beside(deed: Callable[[], object]) -> threading.Thread:
    """A thread that does it on a connection of its own."""

    def run() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    return threading.Thread(target=run)


def owner(statement: str, *values: Any) -> None:
    """Change the database as its owner, with all triggers off."""
    with administration.without_triggers() as cursor:
        cursor.execute(statement, values)


def portal(statement: str, *values: Any) -> None:
    """Change the database with the portal's own role."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
