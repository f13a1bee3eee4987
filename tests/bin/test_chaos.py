"""bin/chaos must be able to find fault: each thing that it counts, once as it should not be."""

import random
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.fields import WordsField
from accounts.models import User
from aspirations import reference
from aspirations.delivery import deliver
from aspirations.models import Aspiration, Delivery
from bin.tools.chaos import reconciling, reconciling_papers
from bin.tools.chaos.browser import FormReader, Page
from bin.tools.chaos.faults import Fault
from bin.tools.chaos.ledger import Decision, Ledger, Receipt
from bin.tools.chaos.mailserver import Mail, MailServer
from bin.tools.chaos.verdict import SORTS, Verdict, table
from bin.tools.chaos.words import new_reason, new_words
from consultations.models import ChapterText, Seal
from reports.models import Report
from tests import factories

KEY = "0123456789abcdef"
ADDRESS = "warga.1@contoh.id"


@pytest.fixture
def aspiration(chapter_text: ChapterText) -> Aspiration:
    """Sent, sealed, and its author told."""
    made = factories.make_aspiration(chapter_text, key=KEY, contact_email=ADDRESS)
    deliver(Delivery.objects.get())
    Seal.objects.seal(made.consultation_id)
    return made


def receipt_for(aspiration: Aspiration, **changes: object) -> Receipt:
    given = {
        "code": aspiration.code,
        "pin": reference.pin_for(KEY),
        "words": {"body": aspiration.body},
        "address": ADDRESS,
    }
    return Receipt(**{**given, **changes})  # type: ignore[arg-type]


def reconciled(ledger: Ledger, mails: list[Mail]) -> Verdict:
    """Everything but papers and pages."""
    verdict = Verdict()
    reconciling.complaints(ledger, verdict)
    reconciling.aspirations(ledger, verdict)
    reconciling.decisions(ledger, verdict)
    reconciling.seals(ledger, verdict)
    reconciling.messages(mails, verdict)
    return verdict


def mail_about(aspiration: Aspiration) -> Mail:
    return Mail(ADDRESS, reconciling.message_id(aspiration.events.first()))


# What is counted ----------------------------------------------------------------------------


def test_nothing_is_found_where_all_is_well(aspiration: Aspiration) -> None:
    verdict = reconciled(Ledger([receipt_for(aspiration)]), [mail_about(aspiration)])

    assert verdict.sentences() == []
    assert verdict.messages == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "RK28-2222-2"},
        {"pin": "no-pin"},
        {"words": {"body": "Kata yang lain."}},
        {"address": "lain@contoh.id"},
    ],
)
def test_a_receipt_that_does_not_hold_is_lost(
    aspiration: Aspiration, changes: dict[str, object]
) -> None:
    verdict = reconciled(Ledger([receipt_for(aspiration, **changes)]), [mail_about(aspiration)])

    assert len(verdict.lost) == 1


def test_words_that_are_there_twice_are_duplicated(
    aspiration: Aspiration, chapter_text: ChapterText
) -> None:
    factories.make_aspiration(chapter_text, body=aspiration.body)

    verdict = reconciled(Ledger([receipt_for(aspiration)]), [mail_about(aspiration)])

    assert len(verdict.duplicated) == 1
    assert "nobody holds a receipt" in verdict.findings[0]


def test_what_waits_to_be_sealed_is_unsealed(aspiration: Aspiration, planner: User) -> None:
    aspiration.note("Belum disegel.", by=planner)

    verdict = reconciled(Ledger([receipt_for(aspiration)]), [mail_about(aspiration)])

    assert len(verdict.unsealed) == 2  # its note still waits, and it is no leaf


def test_a_decision_that_was_told_but_not_made_is_lost(aspiration: Aspiration) -> None:
    ledger = Ledger([receipt_for(aspiration)], [Decision(aspiration.code, "accepted", "")])

    assert len(reconciled(ledger, [mail_about(aspiration)]).lost) == 1


def test_a_note_that_is_kept_twice_is_duplicated(aspiration: Aspiration, planner: User) -> None:
    for _time in range(2):
        aspiration.note("Sudah dicek.", by=planner)
    Seal.objects.seal(aspiration.consultation_id)

    ledger = Ledger([receipt_for(aspiration)])

    assert len(reconciled(ledger, [mail_about(aspiration)]).duplicated) == 1


def test_a_message_that_reached_no_mailbox_is_lost(aspiration: Aspiration) -> None:
    assert len(reconciled(Ledger([receipt_for(aspiration)]), []).lost) == 1


def test_a_second_message_about_the_same_is_duplicated(aspiration: Aspiration) -> None:
    mails = [mail_about(aspiration), Mail(ADDRESS, "event-of-another-kind")]

    assert len(reconciled(Ledger([receipt_for(aspiration)]), mails).duplicated) == 1


def test_a_message_that_still_waits_is_a_finding(chapter_text: ChapterText) -> None:
    waits = factories.make_aspiration(chapter_text, key=KEY, contact_email=ADDRESS)
    Seal.objects.seal(waits.consultation_id)

    assert reconciled(Ledger([receipt_for(waits)]), []).findings == [
        f"{ADDRESS}, submitted: waiting"
    ]


def test_a_report_whose_file_was_changed_is_a_finding(
    chapter_text: ChapterText, planner: User
) -> None:
    report = factories.make_report(chapter_text.draft.consultation, planner, row_count=0)
    Path(default_storage.path(report.file)).write_bytes(b"%PDF-1.7 ")

    assert "not the one that was recorded" in reconciling_papers.wrongs(report)[0]


def test_files_that_no_report_names_are_findings(chapter_text: ChapterText, planner: User) -> None:
    factories.make_report(chapter_text.draft.consultation, planner)
    default_storage.save("reports/LK28-222222-2-1.pdf", ContentFile(b"%PDF-1.7"))
    default_storage.save("surat.txt", ContentFile(b"?"))
    verdict = Verdict()

    reconciling_papers.strays(set(Report.objects.values_list("file", flat=True)), verdict)

    assert len(verdict.findings) == 2


# How it is said -----------------------------------------------------------------------------


def test_a_run_in_which_nothing_happened_proves_nothing() -> None:
    assert not Verdict().is_clean([], Ledger())


@pytest.mark.parametrize("spoilt", [*SORTS, "recovery"])
def test_a_run_is_clean_only_without_any_finding(spoilt: str) -> None:
    receipt, told = Receipt("RK28-2222-2", "1", {}, ADDRESS), Decision("RK28-2222-2", "noted", "")
    ledger, faults = Ledger([receipt], [told]), [Fault("kill -9 web", 0.0, "")]
    verdict = Verdict(messages=1, reports=1, recovery_seconds=20)
    was_clean = verdict.is_clean(faults, ledger)

    if spoilt == "recovery":
        verdict.recovery_seconds = 121
    else:
        getattr(verdict, spoilt).append("Something.")

    assert was_clean
    assert not verdict.is_clean(faults, ledger)


def test_the_table_says_the_worst_wait_until_sending_worked() -> None:
    ledger = Ledger(sends=[(1.0, 3.0), (4.0, 5.0), (9.0, 12.5)])
    faults = [Fault("kill -9 web", 2.0, ""), Fault("kill -9 web", 6.0, "")]

    assert table(faults, ledger)[1].split() == ["kill", "-9", "web", "2", "6.5"]


# What people have in their hands ------------------------------------------------------------


def test_forms_are_read_as_a_browser_sends_them() -> None:
    page = Page(
        200,
        "/a/",
        '<form method="post"><input name="key" value="1&#10;2"><input type="checkbox" name="no">'
        '<input type="radio" name="kind" value="comment"><input type="radio" name="kind" value="q">'
        '<select name="place"><option value="">Pilih<option value="62.03" selected>Kapuas</select>'
        '<textarea name="body">&lt;b&gt;</textarea></form><form action="/b/?x=1"></form>',
        was_redirected=False,
    )

    form = page.form("/a/")

    assert form
    assert form.fields == {"key": "1\n2", "place": "62.03", "body": "<b>"}
    assert form.choices == {"kind": ["comment", "q"], "place": ["62.03"]}
    assert page.form("/b/")
    assert FormReader("/").forms == []


def test_words_pass_the_form_unchanged() -> None:
    chance, field = random.Random(1), WordsField(limit=2000)  # noqa: S311

    for _time in range(300):
        for words in (new_words(chance), new_reason(chance)):
            assert field.clean(words.replace("\n", "\r\n")) == words


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


def send(server: MailServer, message_id: str) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.sendmail("a@contoh.id", [ADDRESS], f"Message-ID: <{message_id}@x>\r\n\r\nHalo")


def test_mail_server_counts_what_came_again_and_refuses_for_a_while(
    mail_server: MailServer,
) -> None:
    for message_id in ("event-1", "event-1", "event-2"):
        send(mail_server, message_id)
    mail_server.refuses.set()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail_server, "event-3")

    first, second = Mail(ADDRESS, "event-1"), Mail(ADDRESS, "event-2")
    assert {mail: len(times) for mail, times in mail_server.received.items()} == {
        first: 2,
        second: 1,
    }
    (repeat,) = mail_server.repeats
    assert repeat.mail == first
    assert repeat.before <= repeat.at


def test_a_message_that_breaks_off_is_not_kept(mail_server: MailServer) -> None:
    client = smtplib.SMTP("127.0.0.1", mail_server.port, timeout=10)
    client.docmd("RCPT", f"TO:<{ADDRESS}>")
    client.docmd("DATA")
    client.send(b"Message-ID: <event-1@x>\r\n")
    client.close()
    send(mail_server, "event-2")

    assert list(mail_server.received) == [Mail(ADDRESS, "event-2")]
