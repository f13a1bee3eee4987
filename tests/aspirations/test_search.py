"""Indonesian full-text search on the real database."""

import pytest

from accounts.models import User
from aspirations import keyset, search
from aspirations.keyset import Size, size_of
from aspirations.models import Aspiration, selection
from consultations.models import ChapterText, Region
from tests import factories


@pytest.fixture
def bridge(chapter_text: ChapterText) -> Aspiration:
    return factories.make_aspiration(
        chapter_text,
        body="Mohon jembatan gantung di desa kami diperbaiki.",
        rationale="Anak sekolah menyeberang setiap hari.",
        suggested_wording="Pembangunan jembatan dilanjutkan.",
    )


@pytest.fixture
def water(chapter_text: ChapterText) -> Aspiration:
    return factories.make_aspiration(chapter_text, body="Air bersih belum sampai ke hulu.")


@pytest.mark.parametrize(
    "words",
    [
        "jembatan",
        "JEMBATAN",
        "jembatan yang gantung",  # stop words in the query are left out
        "perbaiki",  # stems: diperbaiki
        "perbaikan jembatan",
        "menyeberang",  # in the reason
        "pembangunan",  # in the suggested wording
        '"jembatan gantung"',
        "jembatan -air",
    ],
)
def test_search_finds_by_words_stems_and_every_field(
    bridge: Aspiration, water: Aspiration, words: str
) -> None:
    assert list(Aspiration.objects.matching(words)) == [bridge]


def test_search_finds_either_word_after_or(bridge: Aspiration, water: Aspiration) -> None:
    assert set(Aspiration.objects.matching("air or jembatan")) == {bridge, water}


@pytest.mark.parametrize(
    "words", ["", "yang di untuk", "kami", "...", "%_*", "\x00", "sekolah dasar negeri", "' & !"]
)
def test_search_for_nothing_finds_nothing(bridge: Aspiration, words: str) -> None:
    assert list(Aspiration.objects.matching(words)) == []


@pytest.mark.parametrize("words", ["a:b & !c | (d", "jalan" * 500, "💧 é ß", "jembatan \x00"])
def test_search_survives_whatever_is_typed(bridge: Aspiration, words: str) -> None:
    assert Aspiration.objects.matching(words).count() in (0, 1)


def test_search_by_code_finds_one_even_typed_carelessly(
    bridge: Aspiration, water: Aspiration
) -> None:
    typed = bridge.code.lower().replace("-", " ")

    assert list(Aspiration.objects.matching(typed)) == [bridge]


def test_search_does_not_look_at_names_or_contacts(chapter_text: ChapterText) -> None:
    factories.make_aspiration(
        chapter_text, display_name="Rahasia Sekali", contact_email="rahasia@contoh.id"
    )

    assert list(Aspiration.objects.matching("rahasia")) == []


@pytest.fixture
def placed(chapter_text: ChapterText) -> Aspiration:
    """By an office, from a village of Kapuas, in words that name neither."""
    return factories.make_aspiration(
        chapter_text,
        body="Mohon dermaga diperbaiki.",
        region=Region.objects.get(code="62.03.01.1006"),
        agency=factories.make_agency("Dinas Perhubungan Provinsi", kind="provincial_agency"),
        display_name="Mariana Sulang",
        organisation="Kelompok Tani Sepakat",
        show_name=False,
    )


@pytest.mark.parametrize(
    "words",
    ["Kapuas", "kapuas dermaga", "dermaga di Kabupaten Kapuas", "{village}", "{district}"],
)
def test_public_search_finds_places(placed: Aspiration, water: Aspiration, words: str) -> None:
    village = placed.region
    assert village.parent
    typed = words.format(village=village.name, district=village.parent.name)

    found = Aspiration.objects.matching(typed)

    assert placed in found
    assert (water in found) == (words == "Kapuas")


@pytest.mark.parametrize("words", ["perhubungan", "Dinas Perhubungan", "perhubungan dermaga"])
def test_public_search_finds_offices(placed: Aspiration, water: Aspiration, words: str) -> None:
    assert list(Aspiration.objects.matching(words)) == [placed]


@pytest.mark.parametrize(
    "words", ["mariana", "Sulang", "tani sepakat", "MARIANA dermaga", "marian"]
)
def test_only_the_desk_finds_names_and_organisations(
    placed: Aspiration, water: Aspiration, words: str
) -> None:
    assert list(Aspiration.objects.matching(words)) == []
    assert list(Aspiration.objects.matching(words, with_names=True)) == [placed]


@pytest.mark.parametrize("words", ["mariana", "sulang dermaga", "dermaga", "kapuas", "embung"])
def test_what_is_common_is_found_as_what_is_rare(
    placed: Aspiration, water: Aspiration, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many, the rows are gone through; of a few, they are fetched by their keys."""
    rare = set(Aspiration.objects.matching(words, with_names=True))

    monkeypatch.setattr(keyset, "MOST_COUNTED", 0)
    many = set(Aspiration.objects.matching(words, with_names=True))
    monkeypatch.setattr(selection, "COMMON_IN_SAMPLE", 1)
    common = set(Aspiration.objects.matching(words, with_names=True))

    assert rare == many == common
    assert (placed in rare) == (words != "embung")


def test_what_was_counted_ends_with_the_next_filter(
    placed: Aspiration, water: Aspiration, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Aspiration.objects.matching("dermaga or air")
    assert one.counted == size_of(one) == Size(2)
    assert one.filter(code=placed.code).counted is None

    monkeypatch.setattr(keyset, "MOST_COUNTED", 1)
    many = Aspiration.objects.matching("dermaga or air")
    assert many.counted == size_of(many) == Size(1, is_all=False)
    assert set(many) == {placed, water}


@pytest.mark.parametrize("words", ["ka", "x'); --", "\\", "(((", "mari*na", "a" * 300, ":*", "&"])
def test_search_with_names_survives_whatever_is_typed(placed: Aspiration, words: str) -> None:
    assert Aspiration.objects.matching(words, with_names=True).count() in (0, 1)


def test_query_for_any_compares_only_meaningful_words() -> None:
    assert search.query_for_any("yang di untuk dan 123 ke") is None
    assert "jembatan or perbaiki" in str(search.query_for_any("Perbaiki jembatan itu!"))


@pytest.mark.parametrize("word", ["kemiskinan", "rancangan", "pembahasan", "peternakan"])
def test_word_that_happens_to_have_a_check_sign_is_searched_not_taken_for_a_code(
    chapter_text: ChapterText, word: str
) -> None:
    found = factories.make_aspiration(chapter_text, body=f"Tolong perhatikan {word} di desa.")

    assert list(Aspiration.objects.matching(word)) == [found]


@pytest.mark.parametrize(
    "words", ['"jalan dan jembatan"', '"di desa"', 'rusak "jalan dan jembatan"']
)
def test_search_for_a_phrase_takes_it_as_it_stands(
    chapter_text: ChapterText, water: Aspiration, words: str
) -> None:
    phrase = factories.make_aspiration(
        chapter_text, body="Rusak: jalan dan jembatan, baik di desa maupun di kota."
    )

    assert list(Aspiration.objects.matching(words)) == [phrase]


def test_search_finds_what_the_author_added_later(
    bridge: Aspiration, water: Aspiration, planner: User
) -> None:
    water.return_(by=planner, reason="Desa mana?")
    water.complete("Di Tumbang Kajamei.")

    assert list(Aspiration.objects.matching("kajamei")) == [water]
