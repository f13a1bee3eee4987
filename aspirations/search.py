"""What people type, as conditions on aspirations: words, places, offices, and names for staff.

PostgreSQL stems Indonesian but knows none of its stop words.
"""

import re
from collections.abc import Callable

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from accounts.models import Agency
from consultations.models import Region

WORD = re.compile(r"[^\W\d_]{4,}")
WORDS_COMPARED = 6
WORDS_SHARED = 3
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


def condition_for(words: str, people: Callable[[str], Q] | None = None) -> Q | None:
    """Each word stands in the text, or names the place or the office; None for stop words only.

    `people`, which is for staff, says who is called so: a word may also be a name.
    """
    phrase = '"' in words  # within it every word counts
    kept = [word for word in words.split() if phrase or word.lower() not in STOP_WORDS]
    query = _query(kept)
    if query is None:
        return None
    if OPERATORS.search(words):
        return Q(search_vector=query)
    condition, plain = Q(), []
    for word in kept[:MOST_WORDS]:
        if named := _named(re.sub(r"\W", "", word), people):
            condition &= _said(word) | named
        else:
            plain.append(word)
    # Together in one question: the index finds where several common words meet.
    return condition & _said(*plain)


def _said(*words: str) -> Q:
    query = _query(list(words))
    return Q(search_vector=query) if query else Q()


def _named(word: str, people: Callable[[str], Q] | None) -> Q:
    """What is called so, by its keys: alternatives across tables would have all rows read."""
    found = Q()
    if len(word) >= SHORTEST_NAME:
        if places := list(Region.objects.named(word).values_list("pk", flat=True)):
            found |= Q(region__in=places) | Q(regency__in=places)
        if offices := list(Agency.objects.named(word).values_list("pk", flat=True)):
            found |= Q(agency__in=offices)
    return found | people(word) if people and word else found


def names_beginning(word: str) -> SearchQuery:
    return SearchQuery(f"{word}:*", config="simple", search_type="raw")


def query_for_any(text: str) -> SearchQuery | None:
    """A query that finds texts in which a few of this text's longest words occur."""
    return _query(" or ".join(_longest(text)[:WORDS_COMPARED]).split())


def query_for_most(text: str) -> SearchQuery | None:
    """A query that finds texts in which all of its very longest words occur."""
    return _query(_longest(text)[:WORDS_SHARED])


def _longest(text: str) -> list[str]:
    words = {word for word in WORD.findall(text.lower()) if word not in STOP_WORDS}
    return sorted(words, key=lambda word: (-len(word), word))


def _query(kept: list[str]) -> SearchQuery | None:
    text = " ".join(kept)[:200].replace("\x00", "")
    if not any(sign.isalnum() for sign in text):
        return None
    return SearchQuery(text, config="indonesian", search_type="websearch")
