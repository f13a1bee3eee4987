"""The consultations, and one of them at a glance."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation
from reports import rows
from tests import factories
from tests.public import page, status


def test_consultations_shows_only_those_with_a_public_chapter(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    hidden = factories.make_consultation(lead_planner, factories.make_cycle(2031))
    factories.make_chapter(hidden, lead_planner, published=False)

    content = page(client, "overview:consultations")

    assert "RKPD 2028" in content
    assert "RKPD 2031" not in content
    assert status(client, "overview:consultation", hidden.slug) == 404


def test_consultations_when_there_is_none_says_what_will_be_here(client: Client, db: None) -> None:
    assert "No draft is public yet" in page(client, "overview:consultations")


def test_consultation_links_only_published_chapters(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    factories.make_chapter(consultation, lead_planner, number=2, published=False)

    content = page(client, "overview:consultation", consultation.slug)

    assert reverse("reading:chapter", args=[consultation.slug, 1]) in content
    assert reverse("reading:chapter", args=[consultation.slug, 2]) not in content
    assert content.count("Not published yet") == 7


def test_consultation_counts_public_aspirations_per_chapter(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    factories.make_accepted(chapter_text, planner)
    factories.make_accepted(chapter_text, planner)
    factories.make_accepted(chapter_text, planner, consent_publish=False)
    factories.make_aspiration(chapter_text)

    content = page(client, "overview:consultation", chapter_text.draft.consultation.slug)

    assert "2 aspirations</a>" in content
    assert "<dd>4</dd>" in content  # all that came in


def test_consultation_tells_an_extension_with_its_reason_as_text(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    later = consultation.closes_at + timedelta(days=3)
    consultation.extend(closes_at=later, reason="Banjir <script>alert(1)</script>", by=lead_planner)

    content = page(client, "overview:consultation", consultation.slug)

    assert "The closing time was moved" in content
    assert "Banjir &lt;script&gt;" in content
    assert "<script>alert" not in content


def test_consultation_in_preparation_says_when_it_opens(
    client: Client, chapter_text: ChapterText
) -> None:
    consultation = chapter_text.draft.consultation
    now = timezone.now()
    Consultation.objects.filter(pk=consultation.pk).update(
        opens_at=now + timedelta(days=4), closes_at=now + timedelta(days=9)
    )

    content = page(client, "reading:chapter", consultation.slug, 1)

    assert "Opens in 4 days" in content
    assert "/aspirasi/kirim/" not in content


def test_withdrawn_aspirations_do_not_count_as_received(
    client: Client, accepted: Aspiration
) -> None:
    accepted.withdraw()

    turnout = rows.turnout_of(accepted.consultation)

    assert turnout == {"received": 0, "regencies": 0, "answered": 0}


def test_an_aspiration_joined_to_an_answered_one_counts_as_answered(
    chapter_text: ChapterText, planner: User
) -> None:
    answered = factories.make_answered(chapter_text, planner)
    factories.make_aspiration(chapter_text).merge(into=answered, by=planner)
    factories.make_accepted(chapter_text, planner)

    turnout = rows.turnout_of(chapter_text.draft.consultation)

    assert turnout == {"received": 3, "regencies": 1, "answered": 2}
