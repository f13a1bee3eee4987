"""What people type, as conditions on aspirations: words, places, offices, and names for staff.

PostgreSQL stems Indonesian but knows none of its stop words.
"""

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from accounts.models import Agency
from consultations.models import Region

WORD = re.compile(r"[^\W\d_]{4,}")
WORDS_COMPARED = 6
MOST_WORDS = 8
SHORTEST_NAME = 3  # of a place or an office
# A phrase, a word to leave out, one word or the other: these look at the text alone.
OPERATORS = re.compile(r'"|(^|\s)-\w|\sor\s', re.IGNORECASE)

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


def condition_for(words: str, *, with_names: bool = False) -> Q | None:
    """Each word stands in the text, or names the place or the office; None for stop words only.

    With `with_names`, which is for staff, it may also be the author's name or organisation.
    """
    phrase = '"' in words  # within it every word counts
    kept = [word for word in words.split() if phrase or word.lower() not in STOP_WORDS]
    query = _query(kept)
    if query is None:
        return None
    if OPERATORS.search(words):
        return Q(search_vector=query)
    condition = Q()
    for word in kept[:MOST_WORDS]:
        condition &= _condition_for(word, with_names=with_names)
    return condition


def _condition_for(word: str, *, with_names: bool) -> Q:
    query, plain = _query([word]), re.sub(r"\W", "", word)
    if query is None:
        return Q()
    found = Q(search_vector=query)
    if len(plain) >= SHORTEST_NAME:
        places = Region.objects.named(plain)
        found |= Q(region__in=places) | Q(regency__in=places)
        found |= Q(agency__in=Agency.objects.named(plain))
    if with_names:
        beginning = SearchQuery(f"{plain}:*", config="simple", search_type="raw")
        found |= Q(author__search_vector=beginning)
    return found


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
