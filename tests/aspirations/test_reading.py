"""Reading the plan, as anyone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from consultations.models import ChapterText, Consultation, Draft
from tests import factories
from tests.public import close, page, status


@pytest.mark.parametrize("number", [2, 99, 999999999999999999999])
def test_chapter_that_is_not_public_is_not_found(
    client: Client, chapter_text: ChapterText, lead_planner: User, number: int
) -> None:
    consultation = chapter_text.draft.consultation
    factories.make_chapter(consultation, lead_planner, number=2, published=False)

    assert status(client, "reading:chapter", consultation.slug, number) == 404


def test_chapter_shows_its_published_text_while_a_newer_one_is_written(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    Draft.objects.filter(pk=chapter_text.draft_id).update(published_at=timezone.now())
    draft = consultation.drafts.create(version=2)
    newer = draft.texts.create(chapter=chapter_text.chapter)
    newer.add_blocks("<p>Naskah rahasia.</p>", by=lead_planner)

    assert "Naskah rahasia" not in page(client, "reading:chapter", consultation.slug, 1)

    newer.publish(by=lead_planner)

    content = page(client, "reading:chapter", consultation.slug, 1)
    assert "Naskah rahasia" in content
    assert "Jalan desa perlu" not in content
    assert "Version 2" in content


def test_chapter_offers_to_respond_to_each_paragraph(
    client: Client, chapter_text: ChapterText
) -> None:
    consultation = chapter_text.draft.consultation
    heading, paragraph = chapter_text.blocks.live()
    form = reverse("sending:form", args=[consultation.slug, 1])

    content = page(client, "reading:chapter", consultation.slug, 1)

    assert f'id="{paragraph.anchor}"' in content
    assert f"{form}?blok={paragraph.block_id}" in content
    assert f"{form}?blok={heading.block_id}" not in content
    assert f'href="#{heading.anchor}"' in content


def test_chapter_counts_public_aspirations_beside_their_block(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    paragraph = chapter_text.blocks.live()[1]
    factories.make_accepted(chapter_text, planner, block=paragraph.block)
    factories.make_accepted(chapter_text, planner, block=paragraph.block, consent_publish=False)
    factories.make_aspiration(chapter_text, block=paragraph.block)

    content = page(client, "reading:chapter", chapter_text.draft.consultation.slug, 1)

    assert f"?blok={paragraph.block_id}" in content
    assert "1 aspiration<" in content


def test_chapter_of_a_closed_consultation_offers_nothing_to_send(
    client: Client, chapter_text: ChapterText
) -> None:
    consultation = chapter_text.draft.consultation
    close(consultation)

    content = page(client, "reading:chapter", consultation.slug, 1)

    assert "/aspirasi/kirim/" not in content
    assert "This consultation is closed" in content
    assert reverse("results:outcome", args=[consultation.slug]) in content


def test_chapter_in_the_grace_period_is_open_to_agencies_only(
    client: Client,
    chapter_text: ChapterText,
    agency: Agency,
    agency_clerk: User,
    sign_in: Callable[[User], Client],
) -> None:
    consultation = chapter_text.draft.consultation
    close(consultation, grace_until=timezone.now() + timedelta(days=2))

    as_resident = page(client, "reading:chapter", consultation.slug, 1)
    as_clerk = page(sign_in(agency_clerk), "reading:chapter", consultation.slug, 1)

    assert "/aspirasi/kirim/" not in as_resident
    assert "Agencies and field operators may still send" in as_resident
    assert "/aspirasi/kirim/" in as_clerk


def test_chapter_leads_to_its_published_neighbours(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    factories.make_chapter(consultation, lead_planner, number=2, published=False)
    factories.make_chapter(consultation, lead_planner, number=3)

    content = page(client, "reading:chapter", consultation.slug, 1)

    third = reverse("reading:chapter", args=[consultation.slug, 3])
    assert f'rel="next" href="{third}"' in content
    assert 'rel="prev"' not in content


def test_chapter_asks_the_same_number_of_queries_for_few_and_many_blocks(
    client: Client, chapter_text: ChapterText, lead_planner: User, planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    long = factories.make_chapter(
        consultation, lead_planner, number=2, html="<p>Satu kalimat.</p>" * 30
    )
    for block in long.blocks.live():
        factories.make_accepted(long, planner, block=block.block)

    assert _queries(client, consultation, 1) == _queries(client, consultation, 2)


def _queries(client: Client, consultation: Consultation, number: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, "reading:chapter", consultation.slug, number)
    return len(captured)
