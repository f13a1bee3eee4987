"""What still waits in the database after the last fault."""

from django.db import Error, connection

from aspirations.models import Delivery
from consultations.models import Unsealed
from reports.models import Report


def open_ends() -> list[str]:
    """In words; also while the database itself is away. Each look has a connection of its own."""
    connection.close()
    try:
        waits = {
            "messages wait": Delivery.objects.filter(ended_at=None).count(),
            "recorded rows are unsealed": Unsealed.objects.count(),
            "reports are not ready": Report.objects.exclude(state=Report.State.READY).count(),
        }
    except Error as error:
        return [f"the database is away: {type(error).__name__}"]
    return [f"{count} {what}" for what, count in waits.items() if count]
