"""The admin shows what was written and what happened, and changes neither."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from consultations.models import ChapterText, Consultation


@pytest.mark.parametrize("model", ["chaptertext", "draft", "chapter", "planevent"])
def test_the_admin_shows_text_and_events_for_reading_only(
    sign_in: Callable[[User], Client],
    administrator: User,
    chapter_text: ChapterText,
    model: str,
) -> None:
    client = sign_in(administrator)
    rows = {
        "chaptertext": chapter_text.pk,
        "draft": chapter_text.draft.pk,
        "chapter": chapter_text.chapter.pk,
        "planevent": chapter_text.draft.consultation.events.all()[0].pk,
    }
    base = f"admin:consultations_{model}"
    change = reverse(f"{base}_change", args=[rows[model]])

    assert client.get(reverse(f"{base}_changelist")).status_code == 200
    assert client.get(change).status_code == 200
    assert client.post(change, {"text": "palsu", "title": "palsu"}).status_code == 403
    assert client.get(reverse(f"{base}_add")).status_code == 403
    assert client.post(reverse(f"{base}_delete", args=[rows[model]])).status_code == 403


def test_the_admin_changes_the_introduction_but_not_the_dates(
    sign_in: Callable[[User], Client], administrator: User, consultation: Consultation
) -> None:
    client = sign_in(administrator)
    closes_at, grace_until = consultation.closes_at, consultation.grace_until
    page = reverse("admin:consultations_consultation_change", args=[consultation.pk])
    empty_lists = {
        f"{name}-{count}": "0"
        for name in ("forums", "events")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    response = client.post(
        page,
        empty_lists
        | {
            "introduction": "Baru",
            "closes_at_0": "2001-01-01",
            "grace_until_0": "2001-01-01",
            "grace_until_1": "08:00",
            "slug": "lain",
        },
    )

    assert response.status_code == 302
    consultation.refresh_from_db()
    assert (consultation.introduction, consultation.closes_at) == ("Baru", closes_at)
    assert consultation.grace_until == grace_until
    assert consultation.slug == "rkpd-2028-rancangan-awal"


def test_the_admin_cannot_reword_a_priority(
    sign_in: Callable[[User], Client], administrator: User, consultation: Consultation
) -> None:
    cycle = consultation.cycle
    priority = cycle.priorities.create(number=1, title="Jalan")
    page = reverse("admin:consultations_plancycle_change", args=[cycle.pk])
    client = sign_in(administrator)

    shown = client.get(page).content.decode()
    answers = {
        "priorities-TOTAL_FORMS": "1",
        "priorities-INITIAL_FORMS": "1",
        "priorities-0-id": str(priority.pk),
        "priorities-0-cycle": str(cycle.pk),
        "priorities-0-number": "1",
        "priorities-0-title": "palsu",
        "theme": "Baru",
        "missions": "[]",
    }
    fields = (
        "year",
        "rpjmd_title",
        "rpjmd_start",
        "rpjmd_end",
        "province",
        "organiser_name",
        "organiser_short",
        "organiser_address",
        "signatory_position",
    )
    response = client.post(page, answers | {name: getattr(cycle, name) for name in fields})

    assert "Jalan" in shown
    assert response.status_code == 302
    cycle.refresh_from_db()
    assert (cycle.theme, str(cycle.priorities.get())) == ("Baru", "1. Jalan")


def test_the_admin_cannot_move_a_plan_to_another_year(
    sign_in: Callable[[User], Client], administrator: User, consultation: Consultation
) -> None:
    cycle = consultation.cycle
    fields = {name: getattr(cycle, name) for name in ("rpjmd_title", "rpjmd_start", "rpjmd_end")}
    typed = {
        **fields,
        **{name: str(getattr(cycle, name)) for name in ("organiser_name", "organiser_short")},
        "organiser_address": "Jalan Baru",
        "signatory_position": "Kepala",
        "province": "Kalimantan Tengah",
        "missions": "[]",
        "year": "2029",
        "priorities-TOTAL_FORMS": "0",
        "priorities-INITIAL_FORMS": "0",
    }

    sign_in(administrator).post(
        reverse("admin:consultations_plancycle_change", args=[cycle.pk]), typed
    )

    cycle.refresh_from_db()
    assert (cycle.year, cycle.organiser_address) == (2028, "Jalan Baru")
    event = consultation.events.last()
    assert event
    assert event.verb == "year_changed"
    assert event.by == administrator
