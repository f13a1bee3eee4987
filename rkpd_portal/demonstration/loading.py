"""Everything but the reports: accounts, agencies, and each round from its plan to its answers."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from rkpd_portal.demonstration import people, plan
from rkpd_portal.demonstration.voices import Story


def load(now: datetime, *, tell: Callable[[str], object]) -> None:
    """All or nothing: an interrupted load leaves no half of it behind. `now` is local time."""
    with transaction.atomic():
        tell("Creating accounts and agencies …")
        people.create_accounts()
        people.create_agencies()
        for round_ in (*plan.PAST, plan.present(now)):
            count = Story(plan.create(round_), round_.answered_by).tell()
            tell(f"RKPD {round_.year}: {count} aspirations")
