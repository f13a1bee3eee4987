"""What is kept of the plan between requests: as long as it does not change, and no longer."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from consultations import publication
from consultations.models import AffairField, ChapterText, Consultation, Region
from consultations.publication import Publication, kept, publication_of
from tests import factories


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    publication._kept.clear()
    yield
    publication._kept.clear()


def known(text: ChapterText, edition: int | None) -> Publication:
    found = kept(text.draft.consultation.slug, edition)
    assert found
    return found


def read_all(plan: Publication) -> list[Any]:
    """Everything that a sending may need."""
    text = plan.texts[1]
    lists = [plan.regencies, plan.affair_fields, plan.priorities]
    places = [plan.places("62.03"), plan.places("62.03.01")]
    words = [plan.consultation.cycle.year, text.draft.consultation.title, text.chapter.label]
    return [plan.block(text, uuid.uuid4()), *lists, *places, *words]


def test_in_one_edition_the_plan_is_read_once(
    chapter_text: ChapterText, django_assert_num_queries: Any
) -> None:
    first = read_all(known(chapter_text, 7))

    with django_assert_num_queries(0):
        again = read_all(known(chapter_text, 7))

    assert again == first


@pytest.mark.parametrize("editions", [(7, 8), (None, None), (7, None)])
def test_what_changed_is_read_in_the_next_edition(
    chapter_text: ChapterText, editions: tuple[int | None, int | None]
) -> None:
    read_all(known(chapter_text, editions[0]))
    AffairField.objects.filter(code="1.01").update(name="Pendidikan dan Kebudayaan")
    Region.objects.filter(code="62.03.01").update(name="Selat Baru")

    plan = known(chapter_text, editions[1])

    assert ("1.01", "Pendidikan dan Kebudayaan") in plan.affair_fields
    assert plan.places("62.03")["62.03.01"].name == "Selat Baru"


def test_where_nobody_watches_nothing_is_kept(chapter_text: ChapterText) -> None:
    assert publication_of(chapter_text.draft.consultation.slug)

    assert publication._kept == {}


def test_a_block_of_another_chapter_is_not_found(
    chapter_text: ChapterText, consultation: Consultation, lead_planner: User
) -> None:
    other = factories.make_chapter(consultation, lead_planner, number=2)
    plan = known(chapter_text, 7)
    block = chapter_text.blocks.live()[0]

    assert plan.block(plan.texts[1], block.block_id) == block
    assert plan.block(plan.texts[2], block.block_id) is None
    assert plan.texts[2] == other


def test_codes_that_somebody_makes_up_fill_no_memory(chapter_text: ChapterText) -> None:
    plan = known(chapter_text, 7)

    assert [plan.places(f"62.{number}") for number in (98, 99)] == [{}, {}]
    assert set(plan._places) == set()


def test_nothing_is_found_of_what_is_not_public(consultation: Consultation) -> None:
    assert kept(consultation.slug, 7) is None
    assert kept("unknown", 7) is None
