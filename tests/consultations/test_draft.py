"""Writing and publishing text: blocks keep their order and identity, published text is final."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations.models import BlockText, ChapterText, Consultation, Priority
from consultations.models.draft import NotReady
from tests import factories


@pytest.fixture
def text(consultation: Consultation, planner: User) -> ChapterText:
    """Chapter II being written: blocks satu, dua, tiga."""
    html = "<p>satu</p><p>dua</p><p>tiga</p>"
    return factories.make_chapter(consultation, planner, number=2, html=html, published=False)


def words(text: ChapterText) -> list[str]:
    return [block.plain for block in text.blocks.live()]


def block_called(text: ChapterText, plain: str) -> BlockText:
    return text.blocks.get(html=f"<p>{plain}</p>")


def test_added_text_is_sanitised_and_cut_into_blocks(text: ChapterText, planner: User) -> None:
    added = text.add_blocks("<h1>Judul</h1><p onclick=x>empat<script>x</script></p>", by=planner)

    assert [block.kind for block in added] == ["heading", "paragraph"]
    assert words(text) == ["satu", "dua", "tiga", "Judul", "empat"]
    assert text.blocks.live()[4].html == "<p>empat</p>"


def test_text_is_added_after_a_block_and_at_the_top(text: ChapterText, planner: User) -> None:
    text.add_blocks("<p>a</p><p>b</p>", by=planner, after=block_called(text, "satu"))
    text.add_blocks("<p>awal</p>", by=planner, first=True)

    assert words(text) == ["awal", "satu", "a", "b", "dua", "tiga"]


def test_adding_nothing_readable_is_refused(text: ChapterText, planner: User) -> None:
    with pytest.raises(DomainError):
        text.add_blocks("<script>x</script><p> </p>", by=planner)

    assert words(text) == ["satu", "dua", "tiga"]


def test_rewriting_keeps_the_identity_and_counts_the_revision(
    text: ChapterText, planner: User
) -> None:
    block = block_called(text, "dua")
    identity = block.block_id

    block.rewrite("<h2>dua baru</h2>", revision=1, by=planner)

    assert words(text) == ["satu", "dua baru", "tiga"]
    assert (block.block_id, block.kind, block.revision) == (identity, "heading", 2)


def test_rewriting_into_several_blocks_puts_the_rest_after_it(
    text: ChapterText, planner: User
) -> None:
    block_called(text, "satu").rewrite(
        "<p>satu</p><p>x</p><ul><li>y</li></ul>", revision=1, by=planner
    )

    assert words(text) == ["satu", "x", "y", "dua", "tiga"]


def test_rewriting_what_someone_else_saved_is_refused(text: ChapterText, planner: User) -> None:
    mine, theirs = block_called(text, "dua"), block_called(text, "dua")
    theirs.rewrite("<p>dua mereka</p>", revision=1, by=planner)

    with pytest.raises(AlreadyDone):
        mine.rewrite("<p>dua saya</p><p>lebih</p>", revision=1, by=planner)

    assert words(text) == ["satu", "dua mereka", "tiga"]


def test_rewriting_to_nothing_is_refused(text: ChapterText, planner: User) -> None:
    with pytest.raises(DomainError):
        block_called(text, "dua").rewrite("<p></p>", revision=1, by=planner)


def test_rewriting_a_removed_block_brings_it_back(text: ChapterText, planner: User) -> None:
    block = block_called(text, "dua")
    block_called(text, "dua").remove(by=planner)

    block.rewrite("<p>dua kembali</p>", revision=1, by=planner)

    assert words(text) == ["satu", "dua kembali", "tiga"]


@pytest.mark.parametrize(
    ("plain", "steps", "order"),
    [
        ("dua", -1, ["dua", "satu", "tiga"]),
        ("dua", 1, ["satu", "tiga", "dua"]),
        ("satu", -1, ["satu", "dua", "tiga"]),
        ("tiga", 1, ["satu", "dua", "tiga"]),
    ],
)
def test_moving_swaps_neighbours_and_stops_at_the_ends(
    text: ChapterText, planner: User, plain: str, steps: int, order: list[str]
) -> None:
    block_called(text, plain).move(steps, by=planner)

    assert words(text) == order


def test_moving_from_an_old_page_keeps_positions_apart(text: ChapterText, planner: User) -> None:
    stale = block_called(text, "satu")
    block_called(text, "satu").move(1, by=planner)

    stale.move(1, by=planner)

    assert words(text) == ["dua", "tiga", "satu"]


def test_moving_passes_over_removed_blocks(text: ChapterText, planner: User) -> None:
    block_called(text, "dua").remove(by=planner)

    block_called(text, "tiga").move(-1, by=planner)

    assert words(text) == ["tiga", "satu"]


def test_a_removed_block_cannot_be_moved(text: ChapterText, planner: User) -> None:
    block = block_called(text, "dua")
    block.remove(by=planner)

    with pytest.raises(AlreadyDone):
        block.move(1, by=planner)


def test_a_removed_block_is_restored_in_its_place(text: ChapterText, planner: User) -> None:
    block = block_called(text, "dua")
    block.remove(by=planner)
    assert words(text) == ["satu", "tiga"]

    block.restore(by=planner)

    assert words(text) == ["satu", "dua", "tiga"]


def test_publishing_renders_once_and_keeps_title_and_outline(
    consultation: Consultation, lead_planner: User
) -> None:
    text = factories.make_chapter(
        consultation,
        lead_planner,
        html="<h2>1.1 Satu</h2><h3>a</h3><table><tr><td>1</td></tr></table>",
    )

    assert text.published_title == "Pendahuluan"
    assert [(entry["level"], entry["title"]) for entry in text.outline] == [
        ("2", "1.1 Satu"),
        ("3", "a"),
    ]
    assert all(block.rendered for block in text.blocks.live())
    assert "table-frame" in text.blocks.get(kind="table").rendered
    event = consultation.events.get(verb="chapter_published")
    assert (event.by, event.words) == (lead_planner, "Bab I Pendahuluan")


def test_an_empty_chapter_is_not_published(consultation: Consultation, lead_planner: User) -> None:
    text = ChapterText.objects.get(draft__consultation=consultation, chapter__number=3)

    with pytest.raises(NotReady):
        text.publish(by=lead_planner)

    text.refresh_from_db()
    assert not text.is_published


def test_a_chapter_of_removed_blocks_is_empty(text: ChapterText, lead_planner: User) -> None:
    for block in text.blocks.live():
        block.remove(by=lead_planner)

    with pytest.raises(NotReady):
        text.publish(by=lead_planner)


def test_a_chapter_is_published_once(chapter_text: ChapterText, lead_planner: User) -> None:
    with pytest.raises(AlreadyDone):
        ChapterText.objects.get(pk=chapter_text.pk).publish(by=lead_planner)

    events = chapter_text.draft.consultation.events
    assert events.filter(verb="chapter_published").count() == 1


VERBS: dict[str, Callable[[ChapterText, User], object]] = {
    "add": lambda text, by: text.add_blocks("<p>x</p>", by=by),
    "rename": lambda text, by: text.rename("Lain", by=by),
    "publish": lambda text, by: text.publish(by=by),
    "rewrite": lambda text, by: text.blocks.live()[0].rewrite("<p>x</p>", revision=1, by=by),
    "move": lambda text, by: text.blocks.live()[0].move(1, by=by),
    "remove": lambda text, by: text.blocks.live()[0].remove(by=by),
    "restore": lambda text, by: text.blocks.live()[0].restore(by=by),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_published_text(
    chapter_text: ChapterText, lead_planner: User, verb: str
) -> None:
    before = list(chapter_text.blocks.order_by("position").values())

    with pytest.raises(AlreadyDone):
        VERBS[verb](ChapterText.objects.get(pk=chapter_text.pk), lead_planner)

    chapter_text.refresh_from_db()
    assert list(chapter_text.blocks.order_by("position").values()) == before
    assert chapter_text.title == "Pendahuluan"


STATEMENTS = [
    "UPDATE consultations_blocktext SET html = '<p>palsu</p>' WHERE chapter_text_id = %s",
    "UPDATE consultations_blocktext SET retired_at = now() WHERE chapter_text_id = %s",
    "UPDATE consultations_blocktext SET position = position + 10 WHERE chapter_text_id = %s",
    "DELETE FROM consultations_blocktext WHERE chapter_text_id = %s",
    "INSERT INTO consultations_blocktext"
    " (chapter_text_id, block_id, kind, position, html, rendered, revision)"
    " SELECT chapter_text_id, block_id, kind, 99, html, '', 1 FROM consultations_blocktext"
    " WHERE chapter_text_id = %s LIMIT 1",
    "UPDATE consultations_chaptertext SET published_at = NULL WHERE id = %s",
    "UPDATE consultations_chaptertext SET published_title = 'palsu' WHERE id = %s",
    "DELETE FROM consultations_chaptertext WHERE id = %s",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_itself_refuses_to_change_published_text(
    chapter_text: ChapterText, statement: str
) -> None:
    with (
        pytest.raises(IntegrityError, match="published text is final"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [chapter_text.pk])

    chapter_text.refresh_from_db()
    assert chapter_text.published_title == "Pendahuluan"
    assert chapter_text.blocks.count() == 2


def test_the_database_still_lets_unpublished_text_change(text: ChapterText) -> None:
    assert text.blocks.update(html="<p>boleh</p>") == 3


def test_the_whole_draft_needs_text_in_every_chapter(
    consultation: Consultation, chapter_text: ChapterText, lead_planner: User
) -> None:
    factories.make_chapter(consultation, lead_planner, number=2, published=False)

    with pytest.raises(NotReady, match="Bab III Kerangka"):
        chapter_text.draft.publish(by=lead_planner)

    assert consultation.events.filter(verb="chapter_published").count() == 1


def test_publishing_the_whole_draft_completes_it(
    consultation: Consultation, chapter_text: ChapterText, lead_planner: User
) -> None:
    for number in range(2, 9):
        factories.make_chapter(consultation, lead_planner, number=number, published=False)

    draft = chapter_text.draft
    draft.publish(by=lead_planner)

    draft.refresh_from_db()
    assert draft.is_published
    assert consultation.events.filter(verb="chapter_published").count() == 8
    assert consultation.events.filter(verb="draft_published").count() == 1
    with pytest.raises(AlreadyDone):
        draft.publish(by=lead_planner)


def test_the_last_chapter_completes_the_draft(
    consultation: Consultation, lead_planner: User
) -> None:
    texts = [
        factories.make_chapter(consultation, lead_planner, number=number) for number in range(1, 9)
    ]

    assert consultation.drafts.get().is_published
    assert texts[0].published_at is not None


def test_the_current_texts_are_the_newest_published_ones(
    chapter_text: ChapterText, text: ChapterText
) -> None:
    assert list(ChapterText.objects.current()) == [chapter_text]


def test_renaming_changes_the_title_until_publication(text: ChapterText, planner: User) -> None:
    text.rename("  Keadaan Daerah ", by=planner)
    assert text.title == "Keadaan Daerah"

    with pytest.raises(DomainError):
        text.rename("  ", by=planner)


def test_a_priority_moves_with_its_title(consultation: Consultation, lead_planner: User) -> None:
    cycle = consultation.cycle
    Priority.objects.replace(["Jalan", "Sekolah", "Air"], cycle=cycle)
    before = {priority.title: priority.pk for priority in cycle.priorities.all()}

    Priority.objects.replace(["Pangan", "Air", "Jalan", "Air"], cycle=cycle)

    after = {priority.title: priority.pk for priority in cycle.priorities.all()}
    assert [str(one) for one in cycle.priorities.all()] == ["1. Pangan", "2. Air", "3. Jalan"]
    assert (after["Air"], after["Jalan"]) == (before["Air"], before["Jalan"])


def test_a_line_at_the_top_leaves_what_residents_chose(
    chapter_text: ChapterText, lead_planner: User
) -> None:
    cycle = chapter_text.draft.consultation.cycle
    Priority.objects.replace(["Jalan", "Sekolah"], cycle=cycle)
    chosen = factories.make_aspiration(chapter_text, priority=cycle.priorities.get(number=1))

    Priority.objects.replace(["Air", "Jalan", "Sekolah"], cycle=cycle)

    chosen.refresh_from_db()
    assert str(chosen.priority) == "2. Jalan"


@pytest.mark.parametrize("titles", [["Lain"], ["Jalan", "Sekolah dasar"], []])
def test_a_priority_that_aspirations_name_keeps_its_words(
    chapter_text: ChapterText, lead_planner: User, titles: list[str]
) -> None:
    cycle = chapter_text.draft.consultation.cycle
    Priority.objects.replace(["Jalan", "Sekolah"], cycle=cycle)
    factories.make_aspiration(chapter_text, priority=cycle.priorities.get(number=2))

    with pytest.raises(DomainError, match="“Sekolah”"):
        Priority.objects.replace(titles, cycle=cycle)

    assert [str(priority) for priority in cycle.priorities.all()] == ["1. Jalan", "2. Sekolah"]
