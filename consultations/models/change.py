"""Changes: that readers may see something else from a moment on. Triggers write them
(consultations/changing.py), in the transaction of what changed and without a lock two people share.
"""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

KEPT = timedelta(hours=2)  # what has not looked for so long believes nothing it knew


class TransactionNumber(models.Func):
    """The number of the transaction that writes the row."""

    function = "txid_current"
    output_field = models.BigIntegerField()


class ChangeQuerySet(models.QuerySet["Change"]):
    """Changes by age."""

    def forget_old(self) -> None:
        self.filter(at__lt=Now() - KEPT).delete()


class Change(models.Model):
    """One change of a part of what everyone reads, in one consultation or (None) in all of them."""

    consultation_id = models.BigIntegerField(null=True)
    part = models.CharField(max_length=10)
    txid = models.BigIntegerField(db_default=TransactionNumber(), db_index=True)
    at = models.DateTimeField(db_default=Now())

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "change"

    def __str__(self) -> str:
        return f"{self.part} {self.consultation_id or 'all'}"
