"""Indonesian full-text queries. PostgreSQL stems Indonesian but knows none of its stop words."""

import re

from django.contrib.postgres.search import SearchQuery

WORD = re.compile(r"[^\W\d_]{4,}")
WORDS_COMPARED = 6

STOP_WORDS = frozenset(
    """
    ada adalah adanya agar akan aku anda antara apa apakah atas atau bagaimana bagi bahwa banyak
    beberapa begitu belum berbagai bisa boleh bukan dalam dan dapat dari demi demikian dengan di
    dia guna hal hanya harus hingga ia ini itu jadi jangan jika juga kalau kami kamu karena ke
    kepada kita lagi lah lain lalu lebih maka masih melalui mengapa menjadi mereka merupakan mohon
    namun nya oleh pada para per perlu pun punya saat saja sama sampai sangat saya sebagai sebuah
    secara sedang segera sehingga sejak selain seluruh semua seperti serta siapa suatu sudah supaya
    tanpa tapi telah tentang terhadap tersebut tetapi tiap tidak tolong untuk yaitu yakni yang
    """.split()  # noqa: SIM905
)


def query_for(words: str) -> SearchQuery | None:
    """A query for what people type, or None if it holds nothing but stop words."""
    kept = [word for word in words.split() if word.strip('"').lower() not in STOP_WORDS]
    return _query(kept)


def query_for_any(text: str) -> SearchQuery | None:
    """A query that finds texts in which a few of this text's longest words occur."""
    words = {word for word in WORD.findall(text.lower()) if word not in STOP_WORDS}
    longest = sorted(words, key=lambda word: (-len(word), word))[:WORDS_COMPARED]
    return _query(" or ".join(longest).split())


def _query(kept: list[str]) -> SearchQuery | None:
    text = " ".join(kept)[:200].replace("\x00", "")
    if not any(sign.isalnum() for sign in text):
        return None
    return SearchQuery(text, config="indonesian", search_type="websearch")
