"""Reports: asked for, compiled once, followed, released, downloaded, verified."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation
from reports import compiling, freezing
from reports.compiling import compile_report
from reports.errors import LostClaim
from reports.formats import Compiled
from reports.models import Report
from reports.models.report import MAX_ATTEMPTS
from tests import factories
from tests.languages import in_english
from tests.papers import raw_of, text_of

PDF = b"%PDF-1.7 " + bytes(range(256)) * 4


def request_both(consultation: Consultation, by: User) -> dict[str, Report]:
    return {report.edition: report for report in Report.objects.request(consultation, by=by)}


@pytest.fixture
def dead_broker(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of the queue, where nobody listens."""
    url = f"redis://127.0.0.1:{unused_tcp_port}/0"
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)


# Verbs --------------------------------------------------------------------------------------


def test_request_makes_both_editions_of_one_snapshot_and_joins_a_running_one(
    accepted: Aspiration, planner: User
) -> None:
    first = request_both(accepted.consultation, planner)
    second = request_both(accepted.consultation, planner)

    assert set(first) == {"public", "internal"}
    assert first["public"].snapshot == first["internal"].snapshot
    assert {report.pk for report in second.values()} == {report.pk for report in first.values()}


@pytest.mark.slow
def test_both_editions_show_the_moment_of_the_snapshot(
    accepted: Aspiration, chapter_text: ChapterText, planner: User
) -> None:
    reports = request_both(accepted.consultation, planner)
    compile_report(reports["internal"])

    factories.make_accepted(chapter_text, planner, body="Ini datang terlambat.")
    accepted.withdraw()
    compile_report(reports["public"])

    public = text_of(reports["public"])
    assert accepted.code in public
    assert "terlambat" not in public
    assert reports["public"].row_count == reports["internal"].row_count == 1


@pytest.mark.slow
def test_public_edition_holds_nothing_that_is_not_public(
    chapter_text: ChapterText, planner: User
) -> None:
    make, texts = factories.make_accepted, chapter_text
    shown = make(
        texts, planner, body="Jembatan terlihat.", show_name=False, display_name="Nama Rahasia",
        organisation="Organisasi Rahasia", position="Jabatan Rahasia",
        contact_email="rahasia@surat.example", contact_phone="0812-RAHASIA",
    )  # fmt: skip
    shown.note("Catatan rahasia petugas.", by=planner)
    make(texts, planner, body="Rahasia tanpa izin.", consent_publish=False)
    make(texts, planner, body="Rahasia ditarik.").withdraw()
    make(texts, planner, body="Rahasia ditahan.").refuse(by=planner, reason="Alasan rahasia.")
    make(texts, planner, body="Rahasia digabung.").merge(into=shown, by=planner)
    factories.make_aspiration(texts, body="Rahasia belum ditelaah.")
    returned = factories.make_aspiration(texts, body="Rahasia dikembalikan.")
    returned.return_(by=planner, reason="Alasan rahasia kedua.")
    reports = request_both(shown.consultation, planner)

    for report in reports.values():
        compile_report(report)

    public = text_of(reports["public"]) + raw_of(reports["public"])
    internal = text_of(reports["internal"])
    assert "Jembatan terlihat." in public
    assert "rahasia" not in public.lower()
    assert reports["public"].row_count == 1
    for words in ("tanpa izin", "ditahan", "Alasan rahasia.", "digabung", "belum ditelaah"):
        assert words in internal
    assert "Nama Rahasia" in internal
    assert "Rahasia ditarik" not in internal
    for words in ("rahasia@surat", "0812-RAHASIA", "Catatan rahasia petugas"):
        assert words not in internal + raw_of(reports["internal"])


@pytest.mark.slow
def test_public_edition_names_no_mail_address_of_who_asked(
    accepted: Aspiration, planner: User
) -> None:
    User.objects.filter(pk=planner.pk).update(name="")
    planner.refresh_from_db()
    report = request_both(accepted.consultation, planner)["public"]

    compile_report(report)

    assert "@" not in text_of(report)


def test_compile_is_refused_while_another_worker_holds_the_lease(
    accepted: Aspiration, planner: User
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    other = Report.objects.get(pk=report.pk)
    assert other.claim(worker="other/1")

    assert compile_report(report) is False
    report.refresh_from_db()
    assert (report.state, report.attempts) == (Report.State.COMPILING, 1)


@pytest.mark.slow
def test_worker_that_lost_its_claim_stops_and_leaves_no_file(
    accepted: Aspiration, planner: User
) -> None:
    slow = request_both(accepted.consultation, planner)["public"]
    assert slow.claim(worker="other/1")
    Report.objects.filter(pk=slow.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = Report.objects.get(pk=slow.pk)
    assert compile_report(quick)

    with pytest.raises(LostClaim):
        slow.advance(50, "laying_out")
    compiling.hand_over(slow, Compiled(b"%PDF late", pages=1, row_count=1))

    _folders, files = default_storage.listdir("reports")
    assert files == [f"{quick.code}-2.pdf"]
    assert slow.sha256 == quick.sha256


def test_report_fails_with_a_sentence_after_three_interruptions(
    accepted: Aspiration, planner: User
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    Report.objects.filter(pk=report.pk).update(
        state=Report.State.COMPILING,
        attempts=MAX_ATTEMPTS,
        lease_until=timezone.now() - timedelta(seconds=1),
    )

    assert compile_report(report) is False
    assert report.state == Report.State.FAILED
    assert report.failure


def test_retry_puts_a_failed_report_back_and_refuses_twice(
    accepted: Aspiration, planner: User
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    Report.objects.filter(pk=report.pk).update(state=Report.State.FAILED, failure="Gagal.")

    report.retry(by=planner)

    assert (report.state, report.attempts, report.failure) == (Report.State.QUEUED, 0, "")
    with pytest.raises(AlreadyDone):
        report.retry(by=planner)


def test_release_is_for_the_public_edition_once(
    consultation: Consultation, lead_planner: User
) -> None:
    public = factories.make_report(consultation, lead_planner, "public")
    internal = factories.make_report(consultation, lead_planner, "internal")

    public.release(by=lead_planner)

    assert public.is_released
    assert list(Report.objects.released()) == [public]
    with pytest.raises(AlreadyDone):
        public.release(by=lead_planner)
    with pytest.raises(DomainError):
        internal.release(by=lead_planner)


@pytest.mark.parametrize(("days", "is_reported"), [(-10, False), (2, False), (20, True)])
def test_release_ends_a_consultation_only_after_its_closing(
    consultation: Consultation, lead_planner: User, days: int, is_reported: bool
) -> None:
    public = factories.make_report(consultation, lead_planner, "public")

    public.release(by=lead_planner, at=timezone.now() + timedelta(days=days))

    consultation.refresh_from_db()
    assert (consultation.reported_at is not None) == is_reported


def test_history_of_a_report_tells_its_newest_events(
    consultation: Consultation, lead_planner: User, sign_in: Callable[[User], Client]
) -> None:
    report = factories.make_report(consultation, lead_planner, "public")
    for number in range(120):
        report.record("advanced", worker="w", words=f"Langkah {number}")

    shown = sign_in(lead_planner).get(reverse("reporting:report", args=[report.code]))

    assert "Langkah 119" in shown.content.decode()


# The desk -----------------------------------------------------------------------------------


def test_reports_asks_the_same_number_of_queries_for_one_and_many(
    consultation: Consultation, planner: User, sign_in: Callable[[User], Client]
) -> None:
    client, address = sign_in(planner), reverse("reporting:reports")
    factories.make_report(consultation, planner, "public")
    client.get(address)

    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _number in range(12):
        factories.make_report(consultation, planner, "public", released_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert len(many) == len(few)


def test_request_says_how_many_rows_each_edition_will_hold(
    chapter_text: ChapterText, planner: User, sign_in: Callable[[User], Client]
) -> None:
    consultation = chapter_text.draft.consultation
    for _number in range(3):
        factories.make_accepted(chapter_text, planner)
    factories.make_aspiration(chapter_text)
    factories.make_aspiration(chapter_text).withdraw()

    response = sign_in(planner).get(reverse("reporting:request", args=[consultation.slug]))

    assert response.context["public_rows"] == 3
    assert response.context["internal_rows"] == 4
    assert response.context["withdrawn_rows"] == 1
    assert '<td class="number">4</td>' in response.content.decode()


def test_request_waits_when_the_broker_is_away(
    accepted: Aspiration,
    planner: User,
    sign_in: Callable[[User], Client],
    dead_broker: None,
) -> None:
    address = reverse("reporting:request", args=[accepted.consultation.slug])

    response = in_english(sign_in(planner)).post(address, follow=True)

    assert "The report waits" in response.content.decode()
    assert Report.objects.filter(state=Report.State.QUEUED).count() == 2


def test_report_polls_only_until_it_is_finished(
    accepted: Aspiration, planner: User, sign_in: Callable[[User], Client]
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    address, client = reverse("reporting:report", args=[report.code]), sign_in(planner)
    report.claim(worker="other/1")
    report.advance(43, "laying_out")

    working = in_english(client).get(address, headers={"hx-request": "true"}).content.decode()
    page = in_english(client).get(address).content.decode()
    Report.objects.filter(pk=report.pk).update(state=Report.State.FAILED, failure="Pango hilang.")
    finished = in_english(client).get(address, headers={"hx-request": "true"}).content.decode()

    assert "43%" in working
    assert "Laying out the pages" in working
    assert "<html" not in working
    assert working.strip() in page
    assert 'hx-trigger="every 2s"' in working
    assert "hx-trigger" not in finished
    assert "Pango hilang." in finished


def test_retry_queues_a_failed_report_again(
    accepted: Aspiration, planner: User, sign_in: Callable[[User], Client], dead_broker: None
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    Report.objects.filter(pk=report.pk).update(state=Report.State.FAILED, failure="Gagal.")
    address = reverse("reporting:retry", args=[report.code])

    sign_in(planner).post(address)
    again = in_english(sign_in(planner)).post(address, follow=True)

    report.refresh_from_db()
    assert report.state == Report.State.QUEUED
    assert "not in a failed state" in again.content.decode()


def test_release_opens_the_file_to_everyone(
    consultation: Consultation, official: User, sign_in: Callable[[User], Client], client: Client
) -> None:
    report = factories.make_report(consultation, official, "public", PDF)
    download = reverse("papers:download", args=[report.code])
    before = client.get(download)

    sign_in(official).post(reverse("reporting:release", args=[report.code]))
    after = client.get(download)

    assert before.status_code == 404
    assert after.status_code == 200
    assert after.getvalue() == PDF
    assert report.code in client.get(reverse("papers:released")).content.decode()


@pytest.mark.parametrize("name", ["reports", "report", "request"])
def test_desk_pages_show_hostile_names_as_text(
    name: str,
    consultation: Consultation,
    planner: User,
    sign_in: Callable[[User], Client],
) -> None:
    User.objects.filter(pk=planner.pk).update(name="<script>alert(1)</script>")
    report = factories.make_report(
        consultation,
        planner,
        "public",
        state=Report.State.FAILED,
        failure="<img src=x onerror=alert(2)>",
    )
    keys = {"reports": [], "report": [report.code], "request": [consultation.slug]}

    page = sign_in(planner).get(reverse(f"reporting:{name}", args=keys[name])).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_release_refuses_what_was_withdrawn_since(
    accepted: Aspiration, planner: User, official: User
) -> None:
    report = request_both(accepted.consultation, planner)["public"]
    freezing.freeze(report.snapshot)
    ready = {"state": Report.State.READY, "file": "x.pdf", "sha256": "0" * 64}
    Report.objects.filter(pk=report.pk).update(**ready)
    accepted.withdraw()

    with pytest.raises(DomainError, match="tidak boleh lagi ditampilkan"):
        report.release(by=official)

    assert not Report.objects.released().exists()


@pytest.mark.slow
def test_broken_disk_fails_the_report_with_a_sentence(
    accepted: Aspiration, planner: User, tmp_path: Path
) -> None:
    (tmp_path / "media").write_text("a file where a folder should be")
    report = Report.objects.request(accepted.consultation, by=planner)[0]

    compile_report(report)

    assert report.state == Report.State.FAILED
    assert "Not a directory" in report.failure


@pytest.mark.parametrize("path", ["/laporan/%ff/unduh/", "/aspirasi/lihat/%ff/"])
def test_impossible_code_is_not_found(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404
