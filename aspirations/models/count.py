"""How many aspirations there are of each sort: kept, so that no page counts a million rows.

A trigger notes every change in its own transaction (`CountChange`); a folder sums the notes up.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from aspirations.models.choices import UNDECIDED, Moderation
from aspirations.models.response import Disposition

log = logging.getLogger(__name__)
LOCK = 0xC0417  # the folder's advisory lock
# What is counted, and what of an aspiration is its value; of NULL nothing is counted.
FACETS = {
    "": "''",
    "chapter": "chapter_id::text",
    "block": "block_id::text",
    "regency": "regency_id",
    "kind": "kind",
    "group": "stakeholder_group",
    "channel": "channel",
    "field": "affair_field_id",
    "agency": "CASE WHEN from_agency THEN 'yes' END",
    "change": "CASE WHEN changes_text THEN 'yes' END",
}
# Every name that is put into the statements below stands in this file.
STANDING = "moderation, disposition, shown, answered"
COLUMNS = f"consultation_id, facet, value, {STANDING}"
PAIRS = ", ".join(f"('{facet}', {value})" for facet, value in FACETS.items())
SUMS = f"""
SELECT {COLUMNS}, sum(n) AS n FROM {{source}} CROSS JOIN LATERAL (VALUES {PAIRS}) AS f(facet, value)
WHERE value IS NOT NULL GROUP BY {COLUMNS}"""  # noqa: S608
# Deleting and summing see the same notes, because they are one statement.
FOLD = f"""
WITH noted AS (DELETE FROM aspirations_countchange RETURNING *)
INSERT INTO aspirations_count ({COLUMNS}, n) {SUMS.format(source="noted")}
ON CONFLICT ({COLUMNS}) DO UPDATE SET n = aspirations_count.n + excluded.n"""  # noqa: S608
# One statement sees one moment: nobody is kept from changing anything meanwhile.
MEND = f"""
WITH standing AS (
    SELECT a.*, a.agency_id IS NOT NULL AS from_agency,
           a.moderation = '{Moderation.ACCEPTED}' AND a.consent_publish AS shown,
           a.disposition <> '{Disposition.PENDING}'
           OR coalesce(other.disposition <> '{Disposition.PENDING}', false) AS answered, 1 AS n
    FROM aspirations_aspiration a
    LEFT JOIN aspirations_aspiration other ON other.id = a.merged_into_id
    WHERE a.consultation_id = %(consultation)s
), noted AS (
    SELECT * FROM aspirations_countchange WHERE consultation_id = %(consultation)s
), wrong AS (
    SELECT {COLUMNS}, sum(n) AS n FROM (
        {SUMS.format(source="standing")}
        UNION ALL SELECT {COLUMNS}, -n FROM aspirations_count
        WHERE consultation_id = %(consultation)s
        UNION ALL SELECT {COLUMNS}, -n FROM ({SUMS.format(source="noted")}) AS pending
    ) AS both_ways GROUP BY {COLUMNS} HAVING sum(n) <> 0
), mended AS (
    INSERT INTO aspirations_count ({COLUMNS}, n) SELECT {COLUMNS}, n FROM wrong
    ON CONFLICT ({COLUMNS}) DO UPDATE SET n = aspirations_count.n + excluded.n
) SELECT facet, value, {STANDING}, n::bigint FROM wrong ORDER BY facet, value"""  # noqa: S608
READ = f"""
SELECT value, {STANDING}, sum(n)::bigint FROM (
    SELECT {COLUMNS}, n FROM aspirations_count
    UNION ALL SELECT consultation_id, %(facet)s, {{value}}, {STANDING}, n
    FROM aspirations_countchange
) AS kept WHERE consultation_id = ANY({{consultations}}) AND facet = %(facet)s
AND value IS NOT NULL {{narrowed}}
GROUP BY value, {STANDING}"""  # noqa: S608
EVERY_CONSULTATION = "ARRAY(SELECT id FROM consultations_consultation)"


class Counted(NamedTuple):
    """How many of one value stand alike."""

    value: str
    moderation: str
    disposition: str
    shown: bool
    answered: bool
    n: int

    @property
    def is_answered(self) -> bool:
        """Whether its author has an answer, be it that of the one to which it is joined."""
        return self.is_in and self.answered

    @property
    def is_in(self) -> bool:
        """Whether it came in and was not withdrawn."""
        return self.moderation != Moderation.WITHDRAWN

    @property
    def is_pending(self) -> bool:
        """Whether nobody decided yet whether to accept it."""
        return self.moderation in UNDECIDED

    @property
    def is_unanswered(self) -> bool:
        return self.moderation == Moderation.ACCEPTED and self.disposition == Disposition.PENDING


class Counts(list[Counted]):
    """What was counted, to be summed by what matters."""

    def which(self, question: str) -> "Counts":
        """Those of which an attribute is true."""
        return Counts(counted for counted in self if getattr(counted, question))

    @property
    def total(self) -> int:
        return sum(counted.n for counted in self)

    def by(self, name: str) -> dict[Any, int]:
        """The sums for each value of an attribute; what is not there is not in it."""
        sums: dict[Any, int] = defaultdict(int)
        for counted in self:
            sums[getattr(counted, name)] += counted.n
        return {value: n for value, n in sums.items() if n}


class CountQuerySet(models.QuerySet["Count"]):
    """Reading, folding and mending what is kept."""

    def of(
        self,
        consultation_id: int | None = None,
        facet: str = "",
        values: Collection[object] | None = None,
    ) -> Counts:
        """How many there are now, one's own change included, in one consultation or in all."""
        narrowed = "" if values is None else "AND value = ANY(%(values)s)"
        one = "ARRAY[%(consultation)s::bigint]"
        question = READ.format(
            value=FACETS[facet],
            consultations=EVERY_CONSULTATION if consultation_id is None else one,
            narrowed=narrowed,
        )
        given = {"facet": facet, "consultation": consultation_id}
        with connection.cursor() as cursor:
            cursor.execute(question, given | {"values": [str(value) for value in values or ()]})
            return Counts(Counted(*row) for row in cursor.fetchall())

    def fold(self) -> None:
        """Add what was noted to what is kept. Whoever finds another folder at work leaves it."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if cursor.fetchone()[0]:
                cursor.execute(FOLD)

    def mend(self, consultation_id: int) -> list[str]:
        """Compare with the rows, put right what differs, and name it."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(MEND, {"consultation": consultation_id})
            return [f"{facet or 'all'} {alike}: {n:+d}" for facet, *alike, n in cursor.fetchall()]


class Count(models.Model):
    """How many aspirations with this value of a facet stand alike; written by the folder."""

    consultation_id = models.BigIntegerField()
    facet = models.CharField(max_length=10)
    value = models.CharField(max_length=40)
    moderation = models.CharField(max_length=15)
    disposition = models.CharField(max_length=24)
    shown = models.BooleanField()
    answered = models.BooleanField()
    n = models.BigIntegerField()

    objects = CountQuerySet.as_manager()

    class Meta:
        verbose_name = "count"
        constraints = (models.UniqueConstraint(fields=COLUMNS.split(", "), name="one_count"),)

    def __str__(self) -> str:
        return f"{self.facet}={self.value}: {self.n}"


class CountChange(models.Model):
    """One aspiration more (n = 1) or less (-1) of a sort. Only ever added, so nobody waits."""

    consultation_id = models.BigIntegerField()
    chapter_id = models.UUIDField()
    block_id = models.UUIDField(null=True)
    regency_id = models.CharField(max_length=13)
    kind = models.CharField(max_length=10)
    stakeholder_group = models.CharField(max_length=20)
    channel = models.CharField(max_length=15)
    affair_field_id = models.CharField(max_length=5, null=True)
    from_agency = models.BooleanField()
    changes_text = models.BooleanField()
    moderation = models.CharField(max_length=15)
    disposition = models.CharField(max_length=24)
    shown = models.BooleanField()
    answered = models.BooleanField()
    n = models.SmallIntegerField()

    class Meta:
        verbose_name = "change of a count"

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.n:+d}"
