"""Erasing a person: the words stay, who said them goes from everywhere; the record still holds."""

from django.db import transaction

from accounts.models import User
from aspirations.models import Aspiration
from reports.models import SnapshotRow


def erase_author(aspiration: Aspiration, *, by: User | None = None) -> None:
    """Forget the author of an aspiration, in every snapshot too. Files that were made stay."""
    with transaction.atomic():
        SnapshotRow.objects.filter(aspiration=aspiration).forget_authors()
        aspiration.erase_author(by=by)
