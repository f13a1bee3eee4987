"""What became of what people said: figures, changed sentences, the report."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Region
from reports.models import Report, Snapshot
from tests import factories
from tests.public import change_text, outcome


def test_outcome_counts_decisions_and_tells_where_everything_is(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    answered = factories.make_answered(chapter_text, planner)
    factories.make_answered(chapter_text, planner, disposition="noted")
    factories.make_accepted(chapter_text, planner, region=Region.objects.get(code="62.71"))
    factories.make_accepted(chapter_text, planner, consent_publish=False)
    factories.make_aspiration(chapter_text)
    factories.make_aspiration(chapter_text).merge(into=answered, by=planner)
    factories.make_aspiration(chapter_text).withdraw()

    content = outcome(client, chapter_text.draft.consultation)

    assert "6 aspirations came in" in content
    assert "2 of 3 published aspirations have their answer; 1 are taken up" in content
    assert (
        "come from 2 of 14 regencies and cities; most of them (2) from Kabupaten Kapuas" in content
    )
    assert "keputusan=noted" in content
    assert "wilayah=62.71" in content


def test_a_bar_of_the_outcome_is_its_length_and_nothing_behind_it(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    for disposition in ("accommodated", "noted", "noted"):
        factories.make_answered(chapter_text, planner, disposition)

    content = outcome(client, chapter_text.draft.consultation)

    bars = re.findall(r'<svg class="bars__bar".*?</svg>', content)
    assert [re.findall(r'<rect [^>]*width="([\d.]+)"', bar) for bar in bars] == [["100"], ["50"]]
    assert '<strong>2</strong> <span class="bars__share">(67%)' in content


def test_outcome_tells_only_public_changes(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    change_text(factories.make_accepted(chapter_text, planner), planner)
    private = factories.make_accepted(chapter_text, planner, consent_publish=False)
    change_text(private, planner, text_before="Lama rahasia.", text_after="Baru rahasia.")
    replaced = factories.make_accepted(chapter_text, planner)
    change_text(replaced, planner, text_before="Lama batal.", text_after="Baru batal.")
    replaced.respond(by=planner, disposition="noted", reason="Dicatat saja.")

    content = outcome(client, chapter_text.draft.consultation)

    assert "<del>perlu</del>" in content
    assert "rahasia" not in content
    assert "batal" not in content


def test_outcome_of_nothing_says_so(client: Client, chapter_text: ChapterText) -> None:
    content = outcome(client, chapter_text.draft.consultation)

    assert "No aspiration has come in yet." in content
    assert "No sentence has changed yet." in content


def test_outcome_links_a_report_only_once_it_is_released(
    client: Client, accepted: Aspiration, lead_planner: User
) -> None:
    consultation = accepted.consultation
    snapshot = Snapshot.objects.create(consultation=consultation)
    report = Report.objects.create(
        code="LK28-234567-A",
        snapshot=snapshot,
        edition="public",
        state="ready",
        file="reports/a.pdf",
        sha256="0" * 64,
        requested_by=lead_planner,
    )

    before = outcome(client, consultation)
    Report.objects.filter(pk=report.pk).update(released_at=timezone.now())
    after = outcome(client, consultation)

    assert report.code not in before
    assert reverse("papers:download", args=[report.code]) in after


def test_outcome_asks_the_same_number_of_queries_for_one_and_many(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    change_text(factories.make_accepted(chapter_text, planner), planner)
    with CaptureQueriesContext(connection) as one:
        outcome(client, consultation)
    for _ in range(12):
        change_text(factories.make_accepted(chapter_text, planner), planner)
    with CaptureQueriesContext(connection) as many:
        outcome(client, consultation)

    assert len(many) == len(one)
