"""The drafting desk: plan years, consultations and the lists of both."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from consultations.models import ChapterText, Consultation, PlanCycle
from tests import factories
from tests.consultations.desk import CYCLE, DESK, address, content, queries


def test_a_lead_creates_a_year_with_missions_and_priorities(lead: Client) -> None:
    response = lead.post(address("cycle_new"), CYCLE)

    assert response.status_code == 302
    assert response["Location"] == address("consultation_new", 2029)
    cycle = PlanCycle.objects.get(year=2029)
    assert cycle.missions == ["Satu", "Dua"]
    assert [str(priority) for priority in cycle.priorities.all()] == [
        "1. Jalan desa",
        "2. Air bersih",
    ]
    assert 'value="2029"' in content(lead.get(address("cycle", 2029)))


def test_editing_a_year_changes_all_but_the_year(lead: Client) -> None:
    lead.post(address("cycle_new"), CYCLE)

    lead.post(address("cycle", 2029), CYCLE | {"year": "2035", "priorities": "Air", "missions": ""})

    cycle = PlanCycle.objects.get()
    assert (cycle.year, cycle.missions) == (2029, [])
    assert [str(priority) for priority in cycle.priorities.all()] == ["1. Air"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": "dua ribu"},
        {"year": "99999999999999999999"},
        {"year": ""},
        {"rpjmd_end": "2020"},
        {"theme": "x" * 301},
        {"priorities": "x" * 201},
        {"missions": "x" * 5000},
        {"organiser_name": ""},
    ],
)
def test_a_wrong_year_form_says_so_and_keeps_the_rest(lead: Client, wrong: dict[str, str]) -> None:
    response = lead.post(address("cycle_new"), CYCLE | wrong)

    assert response.status_code == 200
    assert "error-summary" in content(response)
    assert "Kalteng Berkah" in content(response)
    assert not PlanCycle.objects.exists()


def test_every_complaint_about_a_year_names_its_field(lead: Client) -> None:
    wrong = {"missions": "x" * 301, "priorities": "x" * 301, "theme": "x" * 301, "rpjmd_end": "x"}
    missing = dict.fromkeys(("organiser_name", "signatory_position", "rpjmd_title"), "")

    form = lead.post(address("cycle_new"), CYCLE | wrong | missing).context["form"]

    assert set(form.errors) == set(wrong) | set(missing)
    for name, complaints in form.errors.items():
        assert complaints[0].startswith(f"{form.fields[name].label}: "), complaints
    said = [complaint for complaints in form.errors.values() for complaint in complaints]
    assert len(set(said)) == len(said)


def test_a_year_exists_once(lead: Client) -> None:
    lead.post(address("cycle_new"), CYCLE)

    response = lead.post(address("cycle_new"), CYCLE | {"theme": "Lain sekali"})

    assert "error-summary" in content(response)
    assert "Lain sekali" in content(response)
    assert PlanCycle.objects.get().theme == "Jalan, sekolah, air"


def test_a_priority_in_use_stays_and_the_form_says_why(
    lead: Client, chapter_text: ChapterText
) -> None:
    cycle = chapter_text.draft.consultation.cycle
    used = cycle.priorities.create(number=1, title="Jalan")
    factories.make_aspiration(chapter_text, priority=used)

    response = lead.post(address("cycle", cycle.year), CYCLE | {"priorities": ""})

    assert "error-summary" in content(response)
    assert cycle.priorities.get() == used
    cycle.refresh_from_db()
    assert cycle.theme == ""


def test_a_lead_plans_a_consultation(lead: Client) -> None:
    cycle = factories.make_cycle()

    response = lead.post(
        address("consultation_new", cycle.year),
        {
            "stage": "rancangan-awal",
            "opens_at": "2027-02-01T08:00",
            "closes_at": "2027-02-15T16:00",
            "grace_until": "",
            "introduction": "Kami ingin mendengar Anda.",
        },
    )

    consultation = Consultation.objects.get()
    assert response["Location"] == address("consultation", consultation.slug)
    assert timezone.localtime(consultation.opens_at).isoformat() == "2027-02-01T08:00:00+07:00"
    assert consultation.chapters.count() == 8
    assert content(lead.get(response["Location"])).count("<tr>") == 9


@pytest.mark.parametrize(
    "wrong",
    [
        {"closes_at": "2027-01-01T16:00"},
        {"closes_at": "kapan-kapan"},
        {"grace_until": "2027-02-02T00:00"},
        {"stage": "lain"},
        {"introduction": "x" * 5000},
    ],
)
def test_a_wrong_consultation_form_says_so_and_keeps_the_rest(
    lead: Client, wrong: dict[str, str]
) -> None:
    cycle = factories.make_cycle()
    data = {
        "stage": "rancangan-awal",
        "opens_at": "2027-02-01T08:00",
        "closes_at": "2027-02-15T16:00",
        "introduction": "Kami ingin mendengar Anda.",
    }

    response = lead.post(address("consultation_new", cycle.year), data | wrong)

    assert "error-summary" in content(response)
    assert "2027-02-01T08:00" in content(response)
    assert not Consultation.objects.exists()


def test_a_stage_is_not_planned_twice(lead: Client, consultation: Consultation) -> None:
    response = lead.post(
        address("consultation_new", consultation.cycle.year),
        {
            "stage": "rancangan-awal",
            "opens_at": "2027-02-01T08:00",
            "closes_at": "2027-02-15T16:00",
        },
    )

    assert "error-summary" in content(response)
    assert Consultation.objects.count() == 1


def test_a_lead_extends_with_a_public_reason(lead: Client, consultation: Consultation) -> None:
    later = timezone.localtime(consultation.closes_at + timedelta(days=3))

    response = lead.post(
        address("extend", consultation.slug),
        {"closes_at": later.strftime("%Y-%m-%dT%H:%M"), "reason": "Jaringan padam <b>lama</b>."},
    )

    assert response.status_code == 302
    page = content(lead.get(response["Location"]))
    assert "Jaringan padam &lt;b&gt;lama&lt;/b&gt;." in page


@pytest.mark.parametrize(
    ("closes_at", "reason"), [("2001-01-01T00:00", "Alasan"), ("2099-01-01T00:00", "")]
)
def test_a_wrong_extension_says_so(
    lead: Client, consultation: Consultation, closes_at: str, reason: str
) -> None:
    response = lead.post(
        address("extend", consultation.slug), {"closes_at": closes_at, "reason": reason}
    )

    assert "error-summary" in content(response)
    assert closes_at in content(response)


def test_the_empty_desk_says_how_to_begin(lead: Client, writer: Client) -> None:
    assert address("cycle_new") in content(lead.get(DESK))
    assert address("cycle_new") not in content(writer.get(DESK))
    assert 'class="empty"' in content(writer.get(DESK))


def test_the_next_step_leads_to_the_first_empty_chapter(
    lead: Client, consultation: Consultation, chapter_text: ChapterText
) -> None:
    page = content(lead.get(address("consultation", consultation.slug)))

    assert f'<a class="button" href="{address("chapter", consultation.slug, 2)}">' in page


def test_the_list_of_years_has_pages_and_steady_queries(lead: Client, lead_planner: User) -> None:
    factories.make_consultation(lead_planner, factories.make_cycle(2030))
    one = queries(lead, DESK)
    for year in range(2031, 2043):
        factories.make_consultation(lead_planner, factories.make_cycle(year))
    shown = content(lead.get(DESK))

    assert queries(lead, DESK) == one
    assert shown.count('class="card"') == 10
    assert "RKPD 2030" not in shown
    assert "RKPD 2030" in content(lead.get(f"{DESK}?page=2"))
    assert lead.get(f"{DESK}?page=x").status_code == 200


def test_the_consultation_page_asks_the_same_queries_when_full(
    lead: Client,
    consultation: Consultation,
    lead_planner: User,
) -> None:
    page = address("consultation", consultation.slug)
    empty = queries(lead, page)
    for number in range(1, 9):
        factories.make_chapter(consultation, lead_planner, number=number)

    assert queries(lead, page) == empty


@pytest.mark.parametrize(
    "path",
    [
        "tahun/1999/",
        "tahun/99999999999999999999/",
        "tahun/1999/konsultasi-baru/",
        "tidak-ada/",
        "tidak-ada/bab/1/",
        "rkpd-2028-rancangan-awal/bab/0/",
        "rkpd-2028-rancangan-awal/bab/99999999999999999999/",
        "blok/0/",
        "blok/99999999999999999999/",
        "rkpd-2028-rancangan-awal/bab/2/blok/baru/?setelah=987654",
    ],
)
def test_what_does_not_exist_is_not_found(
    lead: Client, consultation: Consultation, path: str
) -> None:
    assert lead.get(DESK + path).status_code == 404
