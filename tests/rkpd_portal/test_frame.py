"""The frame of a page, kept between requests: it is the page's own, and the reader's."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText, PlanCycle
from tests.languages import in_english

LOOKUP = reverse("following:lookup")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_page_has_its_own_way_back(client: Client, db: None) -> None:
    for path in (LOOKUP, f"{LOOKUP}?kode=RK-28-AAAA", reverse("privacy")) * 2:
        assert f'name="next" value="{path}"' in page(client, path)


def test_where_one_is_is_marked(client: Client, db: None) -> None:
    mark = f'href="{LOOKUP}" aria-current="true"'

    for _ in range(2):
        assert mark in page(client, LOOKUP)
        assert mark not in page(client, reverse("privacy"))


def test_a_stranger_and_somebody_known_have_frames_of_their_own(
    client: Client, resident: User
) -> None:
    known = Client()
    known.force_login(resident)
    path = reverse("privacy")

    for _ in range(2):
        strange, own = page(client, path), page(known, path)
        assert resident.email not in strange
        assert reverse("account_logout") not in strange
        assert reverse("account_login") in strange
        assert resident.email in own
        assert reverse("account_login") not in own


def test_the_frame_is_in_the_language_of_the_page(client: Client, db: None) -> None:
    path = reverse("privacy")
    other = in_english(Client())

    for _ in range(2):
        indonesian, english = page(client, path), page(other, path)
        assert ">Konsultasi</a>" in indonesian
        assert ">Consultations</a>" not in indonesian
        assert ">Consultations</a>" in english


def test_a_new_name_of_the_organiser_shows_at_once(
    client: Client, chapter_text: ChapterText
) -> None:
    path = chapter_text.draft.consultation.get_absolute_url()
    before = page(client, path)

    PlanCycle.objects.update(organiser_name="Bapperida", organiser_contact="0536 000 000")
    after = page(client, path)

    assert "Badan Perencanaan Pembangunan Daerah</h2>" in before
    assert "Bapperida</h2>" in after
    assert "0536 000 000" in after


def test_what_an_address_says_is_escaped_in_the_frame(client: Client, db: None) -> None:
    path = f'{LOOKUP}?kode="><script>alert(1)</script>'

    for _ in range(2):
        assert "<script>alert" not in page(client, path)
