"""Writing a chapter block by block: nothing typed is lost, hostile text is harmless."""

import pytest
from django.test import Client

from accounts.models import User
from consultations.models import BlockText, ChapterText, Consultation
from tests.consultations.desk import (
    CYCLE,
    DESK,
    HTMX,
    address,
    chapter_address,
    content,
    plain,
    queries,
)


def test_pasting_a_chapter_makes_many_blocks(writer: Client, consultation: Consultation) -> None:
    page = address("block_new", consultation.slug, 3)

    response = writer.post(
        page, {"html": "<h1>3.1</h1><p class=MsoNormal>a</p><ul><li>b</li></ul><script>x</script>"}
    )

    text = ChapterText.objects.get(draft__consultation=consultation, chapter__number=3)
    assert plain(text) == ["3.1", "a", "b"]
    first = text.blocks.live()[0]
    assert response["Location"] == f"{chapter_address(text)}#{first.anchor}"


def test_a_bare_textarea_takes_plain_words(writer: Client, text: ChapterText) -> None:
    writer.post(chapter_address(text, "block_new"), {"html": "a < b\n\nc"})

    assert [block.html for block in text.blocks.live()][2:] == ["<p>a &lt; b</p>", "<p>c</p>"]


def test_text_goes_where_it_was_asked_to_go(writer: Client, text: ChapterText) -> None:
    page = chapter_address(text, "block_new")
    first = text.blocks.live()[0]

    writer.post(f"{page}?setelah={first.pk}", {"html": "<p>tengah</p>"})
    writer.post(f"{page}?setelah=awal", {"html": "<p>atas</p>"})
    writer.post(page, {"html": "<p>akhir</p>"})

    assert plain(text) == ["atas", "satu", "tengah", "dua", "akhir"]


def test_text_cannot_be_put_after_another_chapters_block(
    writer: Client, text: ChapterText, chapter_text: ChapterText
) -> None:
    foreign = chapter_text.blocks.live()[0]

    response = writer.post(
        f"{chapter_address(text, 'block_new')}?setelah={foreign.pk}", {"html": "<p>x</p>"}
    )

    assert response.status_code == 404
    assert plain(text) == ["satu", "dua"]


@pytest.mark.parametrize("html", ["", "   ", "<script>alert(1)</script>\n<p></p>", "x\x00"])
def test_adding_nothing_readable_says_so(writer: Client, text: ChapterText, html: str) -> None:
    response = writer.post(chapter_address(text, "block_new"), {"html": html})

    assert response.status_code == 200
    assert "error-summary" in content(response)
    assert plain(text) == ["satu", "dua"]


def test_too_long_a_text_is_kept_in_the_form(writer: Client, text: ChapterText) -> None:
    long = "<p>" + "kata " * 200_001 + "</p>"

    response = writer.post(chapter_address(text, "block_new"), {"html": long})

    assert "error-summary" in content(response)
    assert content(response).count("kata ") > 200_000
    assert plain(text) == ["satu", "dua"]


def test_a_block_is_rewritten(writer: Client, text: ChapterText) -> None:
    block = text.blocks.live()[0]
    page = address("block", block.pk)
    assert "&lt;p&gt;satu&lt;/p&gt;" in content(writer.get(page))

    response = writer.post(page, {"html": "<p>satu baru</p>", "revision": "1"})

    assert response["Location"].endswith(f"#{block.anchor}")
    assert plain(text) == ["satu baru", "dua"]


def test_a_conflict_shows_both_texts_and_the_second_try_saves(
    writer: Client, lead: Client, text: ChapterText
) -> None:
    page = address("block", text.blocks.live()[0].pk)
    lead.post(page, {"html": "<p>satu dari ketua</p>", "revision": "1"})

    response = writer.post(page, {"html": "<p>satu dari saya</p>", "revision": "1"})

    shown = content(response)
    assert plain(text) == ["satu dari ketua", "dua"]
    assert "<p>satu dari ketua</p>" in shown
    assert "&lt;p&gt;satu dari saya&lt;/p&gt;" in shown
    assert 'name="revision" value="2"' in shown

    writer.post(page, {"html": "<p>satu dari berdua</p>", "revision": "2"})
    assert plain(text) == ["satu dari berdua", "dua"]


@pytest.mark.parametrize("revision", ["", "0", "-1", "satu", "99999999999999999999"])
def test_a_missing_or_wrong_revision_overwrites_nothing(
    writer: Client, text: ChapterText, revision: str
) -> None:
    page = address("block", text.blocks.live()[0].pk)

    response = writer.post(page, {"html": "<p>lain</p>", "revision": revision})

    assert "error-summary" in content(response)
    assert "&lt;p&gt;lain&lt;/p&gt;" in content(response)
    assert plain(text) == ["satu", "dua"]


def test_a_block_of_a_published_chapter_keeps_both_texts(
    writer: Client, chapter_text: ChapterText
) -> None:
    page = address("block", chapter_text.blocks.live()[1].pk)

    response = writer.post(page, {"html": "<p>terlambat</p>", "revision": "1"})

    assert "error-summary" in content(response)
    assert "terlambat" in content(response)
    assert "terlambat" not in "".join(plain(chapter_text))


def test_blocks_move_and_stop_at_the_ends(writer: Client, text: ChapterText) -> None:
    page = address("block_move", text.blocks.live()[0].pk)

    writer.post(page, {"ke": "turun"})
    assert plain(text) == ["dua", "satu"]
    writer.post(page, {"ke": "turun"})
    assert plain(text) == ["dua", "satu"]
    writer.post(page, {"ke": "naik"})
    assert plain(text) == ["satu", "dua"]


def test_a_removed_block_can_be_put_back(writer: Client, text: ChapterText) -> None:
    block = text.blocks.live()[0]

    response = writer.post(address("block_remove", block.pk), follow=True)
    assert plain(text) == ["dua"]
    assert address("block_restore", block.pk) in content(response)
    assert "draft-removed" in content(response)

    later = content(writer.get(chapter_address(text)))
    assert "draft-removed" not in later
    assert address("block_restore", block.pk) in later

    writer.post(address("block_restore", block.pk))
    assert plain(text) == ["satu", "dua"]


@pytest.mark.parametrize("name", ["block_move", "block_remove", "block_restore"])
def test_block_tools_take_posts_only(writer: Client, text: ChapterText, name: str) -> None:
    assert writer.get(address(name, text.blocks.live()[0].pk)).status_code == 405


@pytest.mark.parametrize("name", ["block_move", "block_remove"])
def test_block_tools_leave_published_text_alone(
    writer: Client, chapter_text: ChapterText, name: str
) -> None:
    before = plain(chapter_text)

    response = writer.post(
        address(name, chapter_text.blocks.live()[0].pk), {"ke": "turun"}, follow=True
    )

    assert 'data-kind="danger"' in content(response)
    assert plain(chapter_text) == before


def test_moving_a_block_that_was_just_removed_says_so(writer: Client, text: ChapterText) -> None:
    block = text.blocks.live()[0]
    writer.post(address("block_remove", block.pk))

    response = writer.post(address("block_move", block.pk), {"ke": "turun"}, follow=True)

    assert 'data-kind="danger"' in content(response)


def test_htmx_gets_fragments_of_the_same_page(writer: Client, text: ChapterText) -> None:
    block = text.blocks.live()[0]
    form = writer.get(address("block", block.pk), headers=HTMX)
    moved = writer.post(address("block_move", block.pk), {"ke": "turun"}, headers=HTMX)
    saved = writer.post(
        address("block", block.pk), {"html": "<p>baru</p>", "revision": "1"}, headers=HTMX
    )

    for fragment in (form, moved, saved):
        assert "<html" not in content(fragment)
    assert 'id="text-form"' in content(form)
    assert 'id="text"' in content(moved)
    assert saved["HX-Retarget"] == "#text"
    assert block.anchor in saved["HX-Trigger-After-Settle"]


def test_hostile_text_is_shown_as_text(lead: Client, consultation: Consultation) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page = address("rename", consultation.slug, 2)
    lead.post(page, {"title": evil})
    lead.post(address("block_new", consultation.slug, 2), {"html": f"<p>{evil}aman</p>"})
    lead.post(address("cycle", consultation.cycle.year), CYCLE | {"theme": evil, "year": ""})

    for shown in (
        lead.get(DESK),
        lead.get(address("consultation", consultation.slug)),
        lead.get(address("chapter", consultation.slug, 2)),
        lead.get(address("preview", consultation.slug, 2)),
        lead.get(address("publish_chapter", consultation.slug, 2)),
    ):
        assert "<img" not in content(shown)
        assert "onerror=alert(1)&gt;" in content(shown)


def test_a_chapter_is_renamed_until_it_is_public(
    writer: Client, text: ChapterText, chapter_text: ChapterText
) -> None:
    response = writer.post(chapter_address(text, "rename"), {"title": "Keadaan Daerah"})
    assert response["Location"] == chapter_address(text)
    assert "Keadaan Daerah" in content(writer.get(chapter_address(text)))

    for title in ("", "\x0b", "x" * 201):
        wrong = writer.post(chapter_address(text, "rename"), {"title": title})
        assert "error-summary" in content(wrong)

    late = writer.post(chapter_address(chapter_text, "rename"), {"title": "Lain"})
    assert "error-summary" in content(late)
    chapter_text.chapter.refresh_from_db()
    assert chapter_text.chapter.title == "Pendahuluan"


def test_the_preview_looks_like_the_public_chapter(writer: Client, text: ChapterText) -> None:
    text.add_blocks(
        "<table><caption>T</caption><tr><td>1</td></tr></table>",
        by=User.objects.get(role="planner"),
    )

    shown = content(writer.get(chapter_address(text, "preview")))

    assert shown.index("satu") < shown.index("dua") < shown.index("table-frame")
    assert text.blocks.live()[0].anchor in shown


def test_the_chapter_page_has_no_inline_script_or_style(writer: Client, text: ChapterText) -> None:
    response = writer.get(address("block", text.blocks.live()[0].pk))

    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "importmap" not in content(response)
    assert "<style" not in content(response)
    assert "data-editor-src" in content(response)


def test_a_chapter_asks_the_same_queries_for_many_blocks(
    writer: Client, text: ChapterText, planner: User
) -> None:
    page = chapter_address(text)
    few = queries(writer, page)
    text.add_blocks("<p>isi</p>" * 30, by=planner)
    for block in text.blocks.live()[:3]:
        block.remove(by=planner)

    assert queries(writer, page) == few


@pytest.mark.parametrize(
    "query", ["?dihapus=x", "?dihapus=99999999999999999999", "?dihapus=-1", "?dihapus=²"]
)
def test_a_strange_query_is_ignored(writer: Client, text: ChapterText, query: str) -> None:
    assert writer.get(chapter_address(text) + query).status_code == 200


def test_another_chapters_block_is_not_shown_for_undoing(
    writer: Client, text: ChapterText, chapter_text: ChapterText
) -> None:
    foreign = BlockText.objects.filter(chapter_text=chapter_text)[0]

    shown = content(writer.get(f"{chapter_address(text)}?dihapus={foreign.pk}"))

    assert foreign.plain not in shown
