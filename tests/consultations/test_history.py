"""Who did what to the text: every verb records itself, and the public reads only its own part."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import translation

from accounts.models import User
from consultations.models import BlockText, ChapterText, Consultation
from tests import factories
from tests.consultations.desk import CYCLE, address, content, queries
from tests.languages import in_english

SECRET = "Judul yang belum diputuskan"


def history(text: ChapterText) -> list[tuple[str, str]]:
    """What was recorded about the text after it was first written, with the words."""
    events = text.draft.consultation.events.exclude(verb="planned")
    return [(event.verb, event.words) for event in events][1:]


def first(text: ChapterText) -> BlockText:
    return text.blocks.live()[0]


def test_every_change_of_the_text_is_recorded_with_its_author(
    text: ChapterText, planner: User, lead_planner: User
) -> None:
    text.add_blocks("<p>tiga</p><p>empat</p>", by=lead_planner)
    first(text).rewrite("<p>Satu.</p>", revision=1, by=lead_planner)
    first(text).move(1, by=lead_planner)
    block = text.blocks.get(block__texts__html="<p>Satu.</p>")
    block.remove(by=lead_planner)
    block.restore(by=lead_planner)
    text.rename("Keadaan Daerah", by=lead_planner)

    assert history(text) == [
        ("text_added", "Bab II: “tiga” … “empat” (2)"),
        ("text_changed", "Bab II: “satu”"),
        ("text_moved", "Bab II: “Satu.”"),
        ("text_removed", "Bab II: “Satu.”"),
        ("text_restored", "Bab II: “Satu.”"),
        ("chapter_renamed", "Bab II: Gambaran Umum Kondisi Daerah → Keadaan Daerah"),
    ]
    authors = text.draft.consultation.events.filter(verb__startswith="text_").values_list("by")
    assert [pk for (pk,) in authors] == [planner.pk] + [lead_planner.pk] * 5


def test_what_changes_nothing_is_not_recorded(text: ChapterText, planner: User) -> None:
    block = first(text)

    block.move(-1, by=planner)
    block.restore(by=planner)
    text.rename(text.title, by=planner)
    assert history(text) == []

    block.remove(by=planner)
    removed_at = block.retired_at
    block.remove(by=planner)
    assert block.retired_at == removed_at
    assert [verb for verb, _words in history(text)] == ["text_removed"]


@pytest.fixture
def secretive(chapter_text: ChapterText, text: ChapterText, planner: User) -> Consultation:
    """Chapter I is public; work on chapter II goes on."""
    text.rename(SECRET, by=planner)
    first(text).remove(by=planner)
    return chapter_text.draft.consultation


def test_the_desk_reads_the_whole_history(writer: Client, secretive: Consultation) -> None:
    page = content(writer.get(address("consultation", secretive.slug)))

    assert f"Bab II: Gambaran Umum Kondisi Daerah → {SECRET}" in page
    assert "text_removed" not in page


def test_the_public_reads_nothing_about_unpublished_text(
    client: Client, secretive: Consultation
) -> None:
    page = content(in_english(client).get(secretive.get_absolute_url()))

    assert "Bab I" in page
    for words in (f"→ {SECRET}", "Bab II: ", "Chapter renamed", "Text removed"):
        assert words not in page
    verbs = secretive.events.public().values_list("verb", flat=True)
    assert list(verbs) == ["planned", "chapter_published"]


def test_a_long_history_costs_the_pages_no_further_query(
    writer: Client, secretive: Consultation, text: ChapterText, planner: User
) -> None:
    pages = [address("consultation", secretive.slug), secretive.get_absolute_url()]
    before = [queries(writer, page) for page in pages]

    for author in (planner, *(factories.make_user(f"p{n}@kalteng.example") for n in range(3))):
        text.add_blocks("<p>lagi</p>", by=author)

    assert [queries(writer, page) for page in pages] == before


def test_what_is_changed_about_a_year_is_recorded(lead: Client, consultation: Consultation) -> None:
    cycle = consultation.cycle
    same = address("cycle", cycle.year)
    lead.post(same, CYCLE | {"year": str(cycle.year)})
    before = consultation.events.count()

    lead.post(same, CYCLE | {"year": str(cycle.year)})
    assert consultation.events.count() == before, "nothing was changed"
    lead.post(same, CYCLE | {"year": str(cycle.year), "theme": "Air", "priorities": "Jembatan"})

    event = consultation.events.last()
    assert event
    assert (event.verb, event.words) == ("year_changed", "Tema, Prioritas pembangunan")


def test_history_is_written_in_the_portal_s_language(lead_planner: User) -> None:
    with translation.override("en"):
        consultation = factories.make_consultation(lead_planner)

    assert consultation.events.get(verb="planned").words == "Rancangan Awal"


def test_chapter_is_published_under_the_title_that_it_has_by_then(
    text: ChapterText, lead_planner: User
) -> None:
    stale = ChapterText.objects.select_related("chapter", "draft__consultation").get(pk=text.pk)
    text.rename("Keadaan Daerah", by=lead_planner)

    stale.publish(by=lead_planner)

    text.refresh_from_db()
    assert text.published_title == "Keadaan Daerah"


@pytest.mark.parametrize("deed", ["UPDATE {} SET words = 'lain'", "DELETE FROM {}"])
def test_database_refuses_to_change_an_event_of_the_plan(
    consultation: Consultation, deed: str
) -> None:
    with (
        pytest.raises(IntegrityError, match="is final"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(deed.format("consultations_planevent"))
