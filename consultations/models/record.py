"""The record: whatever is recorded of a consultation, and what of it waits to be sealed.

Recording takes no lock that two people share. A trigger notes each new row as unsealed in the same
transaction; the sealer (seal.py) takes from there what was committed.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.db import DataError, IntegrityError, models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultations.digests import canonical, sha256_of

FINDINGS_KEPT = 20
# What reading a row raises that holds something which no verb of ours writes.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    DataError,
    IntegrityError,
    LookupError,
    ObjectDoesNotExist,
    RecursionError,
    SuspiciousOperation,
    TypeError,
    ValueError,
)


def new_key() -> str:
    return secrets.token_hex(16)


class Recorded(models.Model):
    """A row that is never edited and becomes a leaf of its consultation's log.

    `evidence` holds digests of what the row attests: of words, of a state, of a file. Personal
    data enters it only as a salted commitment, whose salt can be erased with the person.
    """

    words: Any
    verb: Any
    by_id: int | None
    consultation_id: int
    KIND: ClassVar[str]  # names the table in the log
    ABOUT: ClassVar[tuple[str, ...]] = ()  # the relation that `subject` reads
    EVIDENCE: ClassVar[Mapping[str, Sequence[frozenset[str]]]] = {}  # what each verb may attest
    at = models.DateTimeField(default=timezone.now)
    key = models.CharField(max_length=32, default=new_key, editable=False)
    evidence = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True

    def subject(self) -> str:
        """The code or name of what this is about."""
        raise NotImplementedError

    def home(self) -> int:
        """The key of the consultation to which the subject belongs."""
        raise NotImplementedError

    def statement(self) -> dict[str, Any]:
        """What is sealed: what was done when, the words as their digest, and the evidence.

        Who did it is a commitment under the row's own key, which is never given out: so no proof
        tells whose account it was, and nobody finds a leaf's content by guessing.
        """
        return {
            **self.evidence,
            "kind": self.KIND,
            "code": self.subject(),
            "verb": str(self.verb),
            "at": utc(self.at),
            "by": sha256_of([self.key, self.by_id]),
            "said": sha256_of(self.words),
        }

    def has_its_evidence(self) -> bool:
        """Whether it attests what such a row does, no more and no less: a note that attested an
        answer would overrule the true one behind everybody's back."""
        may = self.EVIDENCE.get(self.verb, (frozenset(),))
        return isinstance(self.evidence, dict) and frozenset(self.evidence) in may

    def leaf_data(self) -> bytes:
        """The bytes of which the leaf is the hash."""
        return canonical(self.statement()).encode()


def utc(moment: datetime) -> str:
    """A moment in the one form in which it is sealed."""
    return moment.astimezone(UTC).isoformat()


def facts_of(row: models.Model, *, without: Collection[str] = ()) -> dict[str, str]:
    """The row's columns as text. Empty ones are left out, so that a column which is added later
    changes nothing about what was sealed before it."""
    names = (field.attname for field in row._meta.concrete_fields)
    found = {name: getattr(row, name) for name in names if name not in without}
    return {
        name: utc(value) if isinstance(value, datetime) else str(value)
        for name, value in found.items()
        if value
    }


def kinds() -> dict[str, type[Recorded]]:
    """Everything that is recorded in this installation, by its name in the log."""
    models_ = (model for model in apps.get_models() if issubclass(model, Recorded))
    return {model.KIND: model for model in models_}


class Entry(Protocol):
    """What names a recorded row: a leaf of the log, or a note that one waits."""

    kind: str
    row: int


def recorded_rows(entries: Collection[Entry]) -> dict[tuple[str, int], Recorded]:
    """The rows that are named, by their kind and key; those that are gone are not among them."""
    rows: dict[tuple[str, int], Recorded] = {}
    for kind, model in kinds().items():
        keys = [entry.row for entry in entries if entry.kind == kind]
        found = model._default_manager.select_related(*model.ABOUT).filter(pk__in=keys)
        rows |= {(kind, row.pk): row for row in found}
    return rows


class Unsealed(models.Model):
    """A recorded row that is not in the log yet. Made by a trigger, removed by the sealer."""

    consultation = models.ForeignKey("Consultation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    row = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "unsealed row"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint("consultation", "kind", "row", name="one_note_per_row"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class RecordCheckQuerySet(models.QuerySet["RecordCheck"]):
    """What the checks of the record found."""

    def note(self, findings: Sequence[str]) -> "RecordCheck":
        """Keep how many sentences a check of everything found, and the first of them."""
        return self.create(findings=len(findings), first="\n".join(findings[:FINDINGS_KEPT]))

    def newest(self) -> "RecordCheck | None":
        return self.order_by("-pk").first()


class RecordCheck(models.Model):
    """One look at the whole record: when, and what did not hold."""

    at = models.DateTimeField(default=timezone.now)
    findings = models.PositiveIntegerField()
    first = models.TextField(blank=True)

    objects = RecordCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("check of the record")
        verbose_name_plural = _("checks of the record")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.findings}"
