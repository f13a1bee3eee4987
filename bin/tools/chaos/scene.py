"""What is there before the chaos begins, made through the portal's own verbs."""

from datetime import datetime

from django.db import connection, transaction

from consultations.models import Consultation
from rkpd_portal.demonstration import cast, people, plan
from rkpd_portal.demonstration.workdays import window_around

YEARS = (2025, 2026, 2027, 2028)  # several, so that each stays small enough for a quick report
PLANNERS = ("perencana", "perencana.utama")
VENUE = "Aula Bapperida, Palangka Raya"
CHAPTERS = (1, 2, 3, 4)


def prepare(now: datetime) -> list[Consultation]:
    """The accounts, and for each year an open consultation whose chapters can be read."""
    dates = window_around(now.date())
    with transaction.atomic():
        people.create_accounts()
        made = [plan.create(plan.Round(year, dates, now, VENUE)) for year in YEARS]
    connection.close()
    return made


def places(consultations: list[Consultation]) -> list[str]:
    """Where residents write."""
    slugs = [consultation.slug for consultation in consultations]
    return [f"/aspirasi/kirim/{slug}/bab/{number}/" for slug in slugs for number in CHAPTERS]


def planners() -> list[tuple[str, str]]:
    """Address and password of those who work at the desk."""
    return [(cast.email_of(short), cast.PASSWORD) for short in PLANNERS]
