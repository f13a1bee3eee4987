"""Reading what people said and what became of it, as anyone."""

import re
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from aspirations import keyset
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation, Region
from tests import factories
from tests.languages import in_english
from tests.public import change_text, outcome


def listed(client: Client, consultation: Consultation, **query: str) -> str:
    """The public list as an English reader sees it."""
    address = reverse("listing:aspirations", args=[consultation.slug])
    response = in_english(client).get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def shown(client: Client, aspiration: Aspiration) -> str:
    response = in_english(client).get(aspiration.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_aspirations_shows_only_what_is_public(
    client: Client, chapter_text: ChapterText, planner: User, lead_planner: User
) -> None:
    make = factories.make_accepted
    make(chapter_text, planner, body="Terbuka untuk umum.")
    make(chapter_text, planner, body="Rahasia tanpa izin.", consent_publish=False)
    factories.make_aspiration(chapter_text, body="Rahasia belum ditelaah.")
    make(chapter_text, planner, body="Rahasia ditarik.").withdraw()
    make(chapter_text, planner, body="Rahasia ditahan.").refuse(by=planner, reason="Kasar.")
    other = factories.make_consultation(lead_planner, factories.make_cycle(2029))
    make(factories.make_chapter(other, lead_planner), planner, body="Rahasia tahun lain.")

    content = listed(client, chapter_text.draft.consultation)

    assert "Terbuka untuk umum." in content
    assert "Rahasia" not in content


def test_aspirations_without_any_says_when_they_appear(
    client: Client, chapter_text: ChapterText
) -> None:
    content = listed(client, chapter_text.draft.consultation)

    assert "No aspiration is published yet" in content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bab", "2"),
        ("wilayah", "62.71"),
        ("jenis", "question"),
        ("keputusan", "noted"),
        ("cari", "sungai yang tercemar"),
    ],
)
def test_aspirations_filters_keep_what_fits(
    client: Client,
    chapter_text: ChapterText,
    planner: User,
    lead_planner: User,
    name: str,
    value: str,
) -> None:
    consultation = chapter_text.draft.consultation
    second = factories.make_chapter(consultation, lead_planner, number=2)
    factories.make_accepted(chapter_text, planner, body="Bukan yang ini.")
    factories.make_answered(
        second,
        planner,
        disposition="noted",
        body="Tercemarnya sungai kami, inilah dia.",
        kind="question",
        region=Region.objects.get(code="62.71"),
    )

    content = listed(client, consultation, **{name: value})

    assert "inilah dia" in content
    assert "Bukan yang ini" not in content


def test_aspirations_finds_one_by_its_number(
    client: Client, accepted: Aspiration, chapter_text: ChapterText, planner: User
) -> None:
    factories.make_accepted(chapter_text, planner, body="Bukan yang ini.")

    content = listed(client, accepted.consultation, cari=accepted.code.lower().replace("-", " "))

    assert accepted.code in content
    assert "Bukan yang ini" not in content


def test_aspirations_of_one_block_quotes_it(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    paragraph = chapter_text.blocks.live()[1]
    factories.make_accepted(chapter_text, planner, body="Tentang jalan.", block=paragraph.block)
    factories.make_accepted(chapter_text, planner, body="Bukan yang ini.")

    content = listed(client, chapter_text.draft.consultation, blok=str(paragraph.block_id))

    assert "Jalan desa perlu diperbaiki segera." in content
    assert f"#{paragraph.anchor}" in content
    assert "Tentang jalan." in content
    assert "Bukan yang ini" not in content


def test_aspirations_does_not_quote_a_block_that_is_not_public(
    client: Client, chapter_text: ChapterText, lead_planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    hidden = factories.make_chapter(
        consultation, lead_planner, number=2, html="<p>Naskah rahasia.</p>", published=False
    )

    content = listed(client, consultation, blok=str(hidden.blocks.get().block_id))

    assert "Naskah rahasia" not in content


@pytest.mark.parametrize(
    "query",
    [
        {"bab": "99"},
        {"bab": "satu"},
        {"wilayah": "62.99"},
        {"jenis": "x" * 5000},
        {"blok": "bukan-uuid"},
        {"cari": "\tjalan"},
        {"cari": "x" * 5000},
        {"cari": "'; DROP TABLE -- \\ & | ! ( <->"},
        {"cari": "yang di dan"},
        {"page": "-3"},
        {"page": "banyak"},
        {"page": "999999999999999999999999"},
        {"sesudah": "20261399T999999.000000~1"},
        {"sesudah": "20260101T000000.000000~99999999999999999999"},
        {"sebelum": "00000101T000000.000000~1"},
        {"sesudah": "x" * 5000, "sebelum": "~"},
    ],
)
def test_aspirations_bears_any_query(
    client: Client, accepted: Aspiration, query: dict[str, str]
) -> None:
    assert "<h1>" in listed(client, accepted.consultation, **query)


def test_aspirations_names_a_filter_that_does_not_exist(
    client: Client, accepted: Aspiration
) -> None:
    content = listed(client, accepted.consultation, wilayah="62.99")

    assert "62.99 is not one of the available choices" in content
    assert accepted.code in content


def test_aspirations_comes_in_pages_and_keeps_the_filters(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    for _ in range(21):
        factories.make_accepted(chapter_text, planner)

    first = listed(client, chapter_text.draft.consultation, jenis="proposal")
    (onward,) = re.findall(r"sesudah=([\w.~%]+)", first)
    second = listed(
        client, chapter_text.draft.consultation, jenis="proposal", sesudah=unquote(onward)
    )

    assert first.count('class="entry"') == 20
    assert "jenis=proposal" in first
    assert second.count('class="entry"') == 1


def test_aspirations_asks_the_same_number_of_queries_for_one_and_many(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    consultation = chapter_text.draft.consultation
    factories.make_answered(chapter_text, planner)
    with CaptureQueriesContext(connection) as one:
        listed(client, consultation)
    for _ in range(30):
        factories.make_answered(chapter_text, planner)
    with CaptureQueriesContext(connection) as many:
        listed(client, consultation)

    assert len(many) == len(one)


@pytest.mark.parametrize("most", [1000, 0])
def test_a_search_of_few_and_of_many_counts_what_it_finds_once(
    client: Client,
    chapter_text: ChapterText,
    planner: User,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    monkeypatch.setattr(keyset, "MOST_COUNTED", most)
    factories.make_accepted(chapter_text, planner, body="Mohon dermaga dibangun.")

    with CaptureQueriesContext(connection) as queries:
        content = listed(client, chapter_text.draft.consultation, cari="dermaga")

    counts = [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]
    assert "Mohon dermaga dibangun." in content
    assert len(counts) == 1, "of the newest few hundred, to know whether the word is common"


def test_aspiration_that_is_not_public_is_not_found(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    waiting = factories.make_aspiration(chapter_text)
    private = factories.make_accepted(chapter_text, planner, consent_publish=False)
    withdrawn = factories.make_accepted(chapter_text, planner)
    withdrawn.withdraw()

    for aspiration in (waiting, private, withdrawn):
        assert client.get(aspiration.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("code", ["x", "RK28-AAAA-A", "ß" * 300, "RK28-4F7K-2'"])
def test_aspiration_with_an_unknown_number_is_not_found(
    client: Client, db: None, code: str
) -> None:
    assert client.get(f"/aspirasi/lihat/{code}/").status_code == 404


def test_aspiration_hides_contact_and_name_unless_shown(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    aspiration = factories.make_accepted(
        chapter_text,
        planner,
        display_name="Siti Rahasia",
        organisation="Yayasan Rahasia",
        show_name=False,
        contact_email="rahasia@kalteng.example",
        contact_phone="0812000111",
    )
    aspiration.note("Catatan rahasia.", by=planner)

    content = shown(client, aspiration)

    assert "General public" in content
    assert "ahasia" not in content
    assert "0812000111" not in content


def test_aspiration_shows_answer_change_and_way_back_to_its_block(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    paragraph = chapter_text.blocks.live()[1]
    aspiration = factories.make_accepted(chapter_text, planner, block=paragraph.block)
    change_text(aspiration, planner)

    content = shown(client, aspiration)

    assert "Kami setuju." in content
    assert "<del>perlu</del>" in content
    assert "<ins>pada tahun 2028</ins>" in content
    assert f"bab/1/#{paragraph.anchor}" in content
    assert "not yet a promise of money" in content


def test_aspiration_shows_the_answer_in_force_only(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    aspiration = factories.make_answered(chapter_text, planner)
    aspiration.respond(by=planner, disposition="noted", reason="Jawaban yang baru.")

    content = shown(client, aspiration)

    assert "Jawaban yang baru." in content
    assert "kami masukkan ke dalam rencana" not in content


def test_aspiration_shows_hostile_words_as_text(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    names = ("body", "quote", "suggested_wording", "rationale", "display_name", "organisation")
    aspiration = factories.make_accepted(chapter_text, planner, **dict.fromkeys(names, hostile))
    before, after = f"Jalan {hostile} rusak.", f"Jalan {hostile} baik."
    change_text(aspiration, planner, text_before=before, text_after=after, reason=hostile)

    pages = [
        shown(client, aspiration),
        listed(client, aspiration.consultation),
        outcome(client, aspiration.consultation),
        client.get("/").content.decode(),
    ]

    assert all("<img src=x" not in content for content in pages)
    assert all("&lt;" in content for content in pages)
