"""Publishing asks first, refuses what is not ready, and is final."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText, Consultation
from tests import factories
from tests.consultations.desk import address, chapter_address, content


def test_publishing_a_chapter_asks_first_and_then_is_final(
    lead: Client, client: Client, text: ChapterText
) -> None:
    page = chapter_address(text, "publish_chapter")
    public = reverse("reading:chapter", args=[text.draft.consultation.slug, 2])

    lead.get(page)
    text.refresh_from_db()
    assert not text.is_published
    assert client.get(public).status_code == 404

    response = lead.post(page)
    assert response["Location"] == address("consultation", text.draft.consultation.slug)
    assert "satu" in content(client.get(public))
    assert address("block", text.blocks.live()[0].pk) not in content(
        lead.get(chapter_address(text))
    )


def test_an_empty_chapter_is_refused_with_a_sentence(
    lead: Client, consultation: Consultation
) -> None:
    page = address("publish_chapter", consultation.slug, 5)
    assert '<form method="post" data-once' not in content(lead.get(page))

    response = lead.post(page)

    assert 'data-kind="danger"' in content(response)
    assert not ChapterText.objects.published().exists()


def test_publishing_twice_says_so(lead: Client, chapter_text: ChapterText) -> None:
    response = lead.post(chapter_address(chapter_text, "publish_chapter"))

    assert response.status_code == 200
    assert 'data-kind="danger"' in content(response)


def test_the_whole_draft_waits_for_every_chapter(
    lead: Client, consultation: Consultation, chapter_text: ChapterText
) -> None:
    page = address("publish_draft", consultation.slug)
    assert "Penutup" in content(lead.get(page))

    refused = lead.post(page)

    assert 'data-kind="danger"' in content(refused)
    assert ChapterText.objects.published().get() == chapter_text


def test_the_whole_draft_is_published_at_once(
    lead: Client, consultation: Consultation, lead_planner: User
) -> None:
    for number in range(1, 9):
        factories.make_chapter(consultation, lead_planner, number=number, published=number == 1)
    page = address("publish_draft", consultation.slug)
    asked = content(lead.get(page))
    assert "Bab VIII Penutup" in asked
    assert "Bab I Pendahuluan" not in asked

    lead.post(page)

    assert ChapterText.objects.published().count() == 8
    assert consultation.drafts.get().is_published
    assert consultation.get_absolute_url() in content(
        lead.get(address("consultation", consultation.slug))
    )


@pytest.mark.parametrize("opens_at", ["0001-01-01T00:00", "9999-12-31T23:59", "20226-01-01T00:00"])
def test_impossible_year_of_a_date_gets_a_sentence(
    lead_planner: User, sign_in: Callable[[User], Client], opens_at: str
) -> None:
    factories.make_cycle(2031)
    form = {"stage": "rancangan-awal", "opens_at": opens_at, "closes_at": "2030-02-01T16:00"}

    response = sign_in(lead_planner).post(reverse("drafting:consultation_new", args=[2031]), form)

    assert response.status_code == 200
    assert not Consultation.objects.filter(cycle__year=2031).exists()
