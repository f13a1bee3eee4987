"""The home page, with and without an open consultation."""

from datetime import datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from consultations.models import ChapterText, Consultation
from tests import factories
from tests.languages import in_english


def home(client: Client) -> str:
    response = in_english(client).get("/")
    assert response.status_code == 200
    return response.content.decode()


def days(number: int) -> datetime:
    return timezone.now() + timedelta(days=number)


def make_public(by: User, year: int, opens: int, closes: int) -> ChapterText:
    """Chapter I of a public consultation that opens and closes so many days from now."""
    consultation = factories.make_consultation(
        by, factories.make_cycle(year), opens_at=days(opens), closes_at=days(closes)
    )
    return factories.make_chapter(consultation, by)


def test_home_shows_the_open_consultation_with_its_numbers(
    client: Client, chapter_text: ChapterText, planner: User
) -> None:
    factories.make_answered(chapter_text, planner)
    factories.make_aspiration(chapter_text)

    content = home(client)

    consultation = chapter_text.draft.consultation
    assert "RKPD 2028" in content
    assert "Closes in 5 days" in content
    assert "<dd>2</dd>" in content
    assert "1 <small>of 14</small>" in content
    assert f'href="{consultation.get_absolute_url()}#chapters"' in content
    assert f'action="{reverse("following:lookup")}"' in content


def test_home_says_today_and_tomorrow(client: Client, chapter_text: ChapterText) -> None:
    # Half an hour before midnight is still today.
    midnight = timezone.localtime().replace(hour=23, minute=59, second=59)
    closes = Consultation.objects.filter(pk=chapter_text.draft.consultation_id)

    closes.update(closes_at=midnight)
    today = home(client)
    closes.update(closes_at=midnight + timedelta(days=1))
    tomorrow = home(client)

    assert "Closes today" in today
    assert "Closes tomorrow" in tomorrow


def test_home_leads_with_the_nearest_closing_time(client: Client, lead_planner: User) -> None:
    make_public(lead_planner, 2030, opens=-9, closes=20)
    make_public(lead_planner, 2031, opens=-9, closes=3)

    content = home(client)

    assert content.index("RKPD 2031") < content.index("RKPD 2030")
    assert "Also open or in preparation" in content


def test_home_without_anything_is_graceful(client: Client, db: None) -> None:
    content = home(client)

    assert "No consultation is open at the moment" in content
    assert "Earlier consultations" not in content


def test_home_between_two_consultations_leads_to_the_last(
    client: Client, lead_planner: User
) -> None:
    consultation = make_public(lead_planner, 2027, opens=-30, closes=-9).draft.consultation

    content = home(client)

    assert "No consultation is open at the moment" in content
    assert reverse("results:outcome", args=[consultation.slug]) in content
    assert "/aspirasi/kirim/" not in content


def test_home_announces_a_consultation_in_preparation(client: Client, lead_planner: User) -> None:
    make_public(lead_planner, 2029, opens=4, closes=12)

    content = home(client)

    assert "Opens in 4 days" in content
    assert "#chapters" not in content


def test_home_says_nothing_of_a_consultation_without_public_text(
    client: Client, consultation: Consultation, lead_planner: User
) -> None:
    factories.make_chapter(consultation, lead_planner, published=False)

    content = home(client)

    assert "RKPD 2028" not in content
    assert "Jalan desa" not in content


def test_home_tells_up_to_three_public_changes_of_earlier_rounds(
    client: Client, chapter_text: ChapterText, lead_planner: User, planner: User
) -> None:
    consultation = make_public(lead_planner, 2027, opens=-30, closes=9).draft.consultation
    texts = [ChapterText.objects.get(draft__consultation=consultation, chapter__number=1)]
    texts += [factories.make_chapter(consultation, lead_planner, number=n) for n in (2, 3, 4)]
    for place, text in enumerate(texts):
        for consent in (False, True):
            aspiration = factories.make_accepted(text, planner, consent_publish=consent)
            aspiration.respond(
                by=planner,
                disposition="accommodated",
                text_before="Jalan lama.",
                text_after=f"Jalan {'umum' if consent else 'rahasia'} {place}.",
            )
    Consultation.objects.filter(pk=consultation.pk).update(closes_at=days(-9))

    content = home(client)

    assert content.count("<ins>") == 3
    assert "rahasia" not in content


def test_home_asks_the_same_number_of_queries_for_one_and_many(
    client: Client, lead_planner: User
) -> None:
    make_public(lead_planner, 2026, opens=-30, closes=-9)
    make_public(lead_planner, 2027, opens=-3, closes=9)
    with CaptureQueriesContext(connection) as few:
        home(client)
    for year in range(2030, 2036):
        make_public(lead_planner, year, opens=-30, closes=-9)
    with CaptureQueriesContext(connection) as many:
        home(client)

    assert len(many) == len(few)
