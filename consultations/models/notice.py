"""The mail with a day's roots to one witness: one row, so that it goes out once and surely."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models
from django.db.models.functions import Lower, Now

LEASE = timedelta(minutes=5)  # doubled with each attempt
MAX_ATTEMPTS = 10  # four days


class RootNoticeQuerySet(models.QuerySet["RootNotice"]):
    """Notices by what must be done, on the database's own clock."""

    def waiting(self) -> "RootNoticeQuerySet":
        return self.filter(sent_at=None, due_at__lte=Now(), attempts__lt=MAX_ATTEMPTS)

    def ask(self, day: date, addresses: Iterable[str]) -> None:
        """Have a day's roots sent to each of them; asking again changes nothing."""
        rows = [RootNotice(day=day, address=address) for address in addresses]
        RootNotice.objects.bulk_create(rows, ignore_conflicts=True)


class RootNotice(models.Model):
    """The roots of one day for one address."""

    day = models.DateField()
    address = models.EmailField()
    due_at = models.DateTimeField(db_default=Now())  # also the end of the lease of who sends it
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    objects = RootNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "notice of a day's roots"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint("day", Lower("address"), name="one_root_notice_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.pk}"

    def claim(self) -> bool:
        """Take it on for a while; what is not sent by then is tried again."""
        mine = RootNotice.objects.waiting().filter(pk=self.pk)
        pause = LEASE * 2**self.attempts
        return bool(mine.update(due_at=Now() + pause, attempts=models.F("attempts") + 1))

    def mark_sent(self) -> None:
        RootNotice.objects.filter(pk=self.pk).update(sent_at=Now())
