"""Parts of a page's frame are kept between requests; it is that page's and that reader's still."""

import pytest
from django.conf import LazySettings
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText, PlanCycle
from tests.languages import in_english

LOOKUP, PRIVACY = reverse("following:lookup"), reverse("privacy")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_page_has_its_own_way_back(client: Client, db: None) -> None:
    for path in (LOOKUP, f"{LOOKUP}?kode=RK-28-AAAA", PRIVACY) * 2:
        assert f'name="next" value="{path}"' in page(client, path)


def test_where_one_is_is_marked(client: Client, db: None) -> None:
    mark = f'href="{LOOKUP}" aria-current="true"'

    for _ in range(2):
        assert mark in page(client, LOOKUP)
        assert mark not in page(client, PRIVACY)


def test_a_stranger_and_somebody_known_have_frames_of_their_own(
    client: Client, resident: User
) -> None:
    known = Client()
    known.force_login(resident)

    for _ in range(2):
        strange, own = page(client, PRIVACY), page(known, PRIVACY)
        assert resident.email not in strange
        assert reverse("account_logout") not in strange
        assert reverse("account_login") in strange
        assert resident.email in own
        assert reverse("account_login") not in own


def test_the_frame_is_in_the_language_of_the_page(client: Client, db: None) -> None:
    other = in_english(Client())

    for _ in range(2):
        indonesian, english = page(client, PRIVACY), page(other, PRIVACY)
        assert ">Konsultasi</a>" in indonesian
        assert ">Consultations</a>" not in indonesian
        assert ">Consultations</a>" in english


@pytest.mark.parametrize("field", ["organiser_name", "organiser_address", "organiser_contact"])
def test_what_changes_of_the_organiser_shows_at_once_and_is_escaped(
    client: Client, chapter_text: ChapterText, field: str
) -> None:
    path = chapter_text.draft.consultation.get_absolute_url()
    assert "Bapperida" not in page(client, path)

    PlanCycle.objects.update(**{field: "<b>Bapperida"})

    for _ in range(2):
        assert "&lt;b&gt;Bapperida" in page(client, path)
        assert "<b>Bapperida" not in page(client, path)


def test_another_province_has_a_frame_of_its_own(
    client: Client, db: None, settings: LazySettings
) -> None:
    first = page(client, LOOKUP)

    settings.PROVINCE = "Gorontalo"
    second = page(client, LOOKUP)

    assert first.count("Kalimantan Tengah") == second.count("Gorontalo") > 2
    assert "Kalimantan Tengah" not in second


def test_the_local_mailbox_is_named_where_it_is(
    client: Client, db: None, settings: LazySettings
) -> None:
    assert reverse("mailbox") in page(client, PRIVACY)

    settings.PRODUCTION = True

    assert reverse("mailbox") not in page(client, PRIVACY)


def test_what_is_kept_of_frames_does_not_grow_with_what_is_asked_for(
    client: Client, db: None
) -> None:
    kept = caches["template_fragments"]._cache
    page(client, LOOKUP)
    before = set(kept)

    for number in range(20):
        page(client, f"{LOOKUP}?kode={number}")

    assert set(kept) == before
