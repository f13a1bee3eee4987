"""Plan text as HTML: nothing dangerous stays, nothing readable goes, blocks are stable."""

import re

import pytest

from consultations import markup
from consultations.markup import BlockMarkup

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<p onclick='alert(1)' style='position:fixed' class='x' id='main'>teks</p>",
    "<a href='javascript:alert(1)'>tautan</a>",
    "<a href=' &#106;avascript:alert(1)'>tautan</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>tautan</a>",
    "<a href='//penipu.example/'>tautan</a>",
    "<a href='https://kalteng.go.id' onmouseover=alert(1) target=_blank>tautan</a>",
    "<iframe src='https://penipu.example'></iframe>",
    "<object data='x'></object><embed src='x'>",
    "<form action='https://penipu.example'><input name=pin><button>Kirim</button></form>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href='https://penipu.example/x.css'><meta http-equiv=refresh content=0>",
    "<base href='https://penipu.example/'>",
    "<table><tr><td background='javascript:alert(1)' onclick=alert(1)>sel</td></tr></table>",
    "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;<img src=1 onerror=alert(1)>">',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<p>teks\x00<scr\x00ipt>alert(1)</script></p>",
    "<template><p onclick=alert(1)>x</p></template>",
    "<h2><a href='vbscript:x'>Judul</a></h2>",
]
FORBIDDEN = re.compile(
    r"<(script|img|svg|iframe|object|embed|form|input|button|style|link|meta|base|math|template)\b"
    r"|<[^>]*\s(on\w+|style|class|id|target|background|src)\s*="
    r"|<[^>]*(javascript|vbscript|data):|href=\"//",
    re.IGNORECASE,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_html_leaves_nothing_that_acts(text: str) -> None:
    blocks = markup.split_blocks(text)

    written = "".join(block.html + markup.render(block.kind, block.html) for block in blocks)
    shown = re.sub(r'<div class="table-frame" [^>]*>', "", written)  # our own frame

    assert not FORBIDDEN.search(shown), written
    assert "alert(1)" not in re.sub(r">[^<]*<", "><", shown)


@pytest.mark.parametrize("text", [*HOSTILE, "<a href='https://x.id'>a<p>b</p>c</a>d<li>e</li>"])
def test_cutting_blocks_again_changes_nothing(text: str) -> None:
    once = markup.split_blocks(text)

    assert markup.split_blocks("".join(block.html for block in once)) == once


def test_safe_links_stay_and_are_not_followed() -> None:
    (block,) = markup.split_blocks('<p><a href="https://kalteng.go.id">Provinsi</a></p>')

    assert block.html == (
        '<p><a href="https://kalteng.go.id" rel="nofollow noopener">Provinsi</a></p>'
    )


def test_each_top_level_element_becomes_a_block_of_its_kind() -> None:
    blocks = markup.split_blocks(
        "<h1>Judul</h1>lepas <b>tebal</b><p>satu</p><ul><li>a</li></ul><ol><li>b</li></ol>"
        "<h5>Kecil</h5><table><tr><td>1</td></tr></table>akhir"
    )

    assert blocks == [
        BlockMarkup("heading", "<h2>Judul</h2>"),
        BlockMarkup("paragraph", "<p>lepas <strong>tebal</strong></p>"),
        BlockMarkup("paragraph", "<p>satu</p>"),
        BlockMarkup("list", "<ul><li>a</li></ul>"),
        BlockMarkup("list", "<ol><li>b</li></ol>"),
        BlockMarkup("heading", "<h3>Kecil</h3>"),
        BlockMarkup("table", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        BlockMarkup("paragraph", "<p>akhir</p>"),
    ]


@pytest.mark.parametrize("text", ["", "   ", "<p></p>", "<p>&nbsp;</p><h2> </h2>", "<!-- x -->"])
def test_text_without_words_gives_no_block(text: str) -> None:
    assert markup.split_blocks(text) == []


def test_blocks_wrapped_by_word_are_lifted_out() -> None:
    blocks = markup.split_blocks(
        "<div class=WordSection1><p class=MsoNormal>satu<o:p></o:p></p><div><p>dua</p></div></div>"
        "<b><h2>Judul</h2></b>"
    )

    assert [block.html for block in blocks] == ["<p>satu</p>", "<p>dua</p>", "<h2>Judul</h2>"]


def test_a_heading_keeps_only_words_inside() -> None:
    blocks = markup.split_blocks("<ul><li><h2>x<ul><li>y</li></ul></h2></li></ul><h2>a<br>b</h2>")

    assert [block.kind for block in blocks] == ["list", "heading"]
    assert "<h2>x<" not in blocks[0].html
    assert blocks[1].html == "<h2>a<br>b</h2>"


def test_an_edited_table_gets_its_head_back() -> None:
    (block,) = markup.split_blocks(
        "<table><caption>Tabel 4.1</caption><tbody>"
        '<tr><th colspan="1"><p>Misi</p></th><th><p>Target</p></th></tr>'
        '<tr><th rowspan="1"><p>Satu</p></th><td colspan="2"><p>a</p><p>b</p></td></tr>'
        "</tbody></table>"
    )

    assert block.html == (
        "<table><caption>Tabel 4.1</caption>"
        '<thead><tr><th scope="col">Misi</th><th scope="col">Target</th></tr></thead>'
        '<tbody><tr><th scope="row">Satu</th><td colspan="2"><p>a</p><p>b</p></td></tr></tbody>'
        "</table>"
    )


def test_a_table_of_heads_alone_keeps_its_body() -> None:
    (block,) = markup.split_blocks("<table><tr><th>Satu</th></tr></table>")

    assert block.html == '<table><tbody><tr><th scope="row">Satu</th></tr></tbody></table>'


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("satu\n\ndua\ntiga", ["<p>satu</p>", "<p>dua<br>tiga</p>"]),
        ("suhu < 30 & > 20", ["<p>suhu &lt; 30 &amp; &gt; 20</p>"]),
        ("<script>alert(1)</script>", ["<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"]),
        ("<b>satu</b>\n\ndua", ["<p><strong>satu</strong></p>", "<p>dua</p>"]),
        ("<p>satu</p>\n\n<p>dua</p>", ["<p>satu</p>", "<p>dua</p>"]),
    ],
)
def test_plain_typing_becomes_paragraphs(typed: str, kept: list[str]) -> None:
    blocks = markup.split_blocks(markup.from_typing(typed))

    assert [block.html for block in blocks] == kept


def test_readers_get_tables_in_a_frame_with_named_cells() -> None:
    table = (
        '<table><caption>Anggaran</caption><thead><tr><th scope="col">Bidang</th>'
        '<th scope="col">Rupiah</th></tr></thead>'
        "<tbody><tr><td>Jalan</td><td>1.000</td></tr>"
        "<tr><td colspan=2>Jumlah</td></tr></tbody></table>"
    )

    shown = markup.render("table", table)

    assert shown.startswith('<div class="table-frame" tabindex="0" role="region"')
    assert 'aria-label="Anggaran"' in shown
    assert '<td data-label="Bidang">Jalan</td><td data-label="Rupiah">1.000</td>' in shown
    assert '<td colspan="2">Jumlah</td>' in shown


def test_cells_know_both_heads_above_them() -> None:
    table = (
        '<table><thead><tr><th rowspan="2">Kode</th><th colspan="2">Tahun 2028</th></tr>'
        "<tr><th>Target</th><th>Pagu</th></tr></thead>"
        "<tbody><tr><td>1.01</td><td>42</td><td>27</td></tr>"
        '<tr><th colspan="2">Jumlah</th><td>27</td></tr></tbody></table>'
    )

    shown = markup.render("table", table)

    assert '<td data-label="Kode">1.01</td><td data-label="Tahun 2028: Target">42</td>' in shown
    assert '<th colspan="2">Jumlah</th><td data-label="Tahun 2028: Pagu">27</td>' in shown


def test_absurd_spans_do_no_harm() -> None:
    head = f'<thead><tr><th colspan="{"9" * 5000}" rowspan="x">A</th></tr></thead>'

    shown = markup.render("table", f"<table>{head}<tbody><tr><td>1</td></tr></tbody></table>")

    assert "<td>1</td>" in shown


def test_other_blocks_are_shown_as_they_are() -> None:
    assert markup.render("paragraph", "<p>a &amp; b</p>") == "<p>a &amp; b</p>"


def test_plain_text_is_one_line_of_words() -> None:
    table = "<table><tbody><tr><td>satu</td><td>dua</td></tr></tbody></table>"

    assert markup.plain_text(table) == "satu dua"
    assert markup.plain_text("<p>a<br>b &amp; c</p>") == "a b & c"
    assert markup.plain_text(" ") == ""


def test_a_table_is_quoted_by_its_caption_and_other_blocks_by_their_words() -> None:
    table = "<table><caption>Tabel 6.1 Jalan</caption><tbody><tr><td>1</td></tr></tbody></table>"

    assert markup.quotable(table) == "Tabel 6.1 Jalan"
    assert markup.quotable("<table><tbody><tr><td>1</td></tr></tbody></table>") == "1"
    assert markup.quotable("<p>Jalan <em>desa</em>.</p>") == "Jalan desa."


INVISIBLE = ["\x02", "\x0b", "&#11;", "\x00", "\ufffe", "\x1f"]


@pytest.mark.parametrize("sign", INVISIBLE)
@pytest.mark.parametrize(
    "around",
    [
        "<ul><li><p>a{}b</p></li></ul>",
        "<table><tbody><tr><td>a{}b</td></tr></tbody></table>",
        "<table><tbody><tr><th>a{0}b</th><th>c{0}d</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>",
        "a{}b",
        "<p>a{}b</p>",
    ],
)
def test_signs_that_no_document_may_hold_are_dropped(around: str, sign: str) -> None:
    blocks = markup.split_blocks(around.format(sign))

    (block,) = blocks
    assert "ab" in markup.plain_text(block.html)
    assert "ab" in markup.render(block.kind, block.html)
