"""What stands in a report, chapter by chapter, worked out from its manuscript."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aspirations.models import TAKEN_UP, Moderation
from consultations.models import Region
from reports import figures
from reports.kinds.consultation.manuscript import Labels, Manuscript

# What the place of an aspiration in the PDF is called, before its code.
ANCHOR = "a-"
# Groups whose voice the law asks to hear in particular; named even when they were silent.
INCLUSION_GROUPS = ("women", "disability", "customary", "vulnerable", "youth")


@dataclass(frozen=True)
class Part:
    """One chapter of the plan with what was said on it."""

    number: int
    label: str
    title: str
    rows: list[figures.Row]

    @property
    def anchor(self) -> str:
        return f"bab-{self.number}"

    @property
    def answered(self) -> int:
        return sum(map(figures.is_answered, self.rows))


class Contents:
    """The report as its template reads it. Counts are of the rows this edition holds."""

    def __init__(self, manuscript: Manuscript) -> None:
        self.manuscript = manuscript
        self.dispositions = _texts(manuscript.dispositions)
        self.groups = _texts(manuscript.groups)
        rows = [_readable(row) for row in manuscript.rows]
        self.accepted = [row for row in rows if row["moderation"] == Moderation.ACCEPTED]
        self.others = [row for row in rows if row["moderation"] != Moderation.ACCEPTED]
        self.everything = rows

    @cached_property
    def regencies(self) -> list[tuple[str, str]]:
        return [(region.code, region.short_name) for region in Region.objects.regencies()]

    @cached_property
    def parts(self) -> list[Part]:
        """The chapters of the plan in their order, silent ones too."""
        chapters = {
            chapter.number: (chapter.label, chapter.title)
            for chapter in self.manuscript.consultation.chapters.filter(retired_at=None)
        }
        rows: dict[int, list[figures.Row]] = {number: [] for number in chapters}
        for row in self.accepted:
            rows.setdefault(row["chapter_number"], []).append(row)
            chapters[row["chapter_number"]] = (row["chapter_label"], row["chapter_title"])
        return [Part(number, *chapters[number], rows[number]) for number in sorted(chapters)]

    @cached_property
    def others_by_state(self) -> list[tuple[str, list[figures.Row]]]:
        """What the public does not see, by moderation state."""
        ordered = sorted(self.others, key=lambda row: row["moderation_label"])
        grouped = groupby(ordered, key=lambda row: row["moderation_label"])
        return [(str(label), list(rows)) for label, rows in grouped]

    @property
    def edition_label(self) -> str:
        return _("Public edition") if self.manuscript.is_public else _("Internal edition")

    @property
    def taken_at_text(self) -> str:
        moment = timezone.localtime(self.manuscript.snapshot.taken_at)
        return _("%(date)s at %(time)s WIB") % {
            "date": date_format(moment, "j F Y"),
            "time": date_format(moment, "H.i.s"),
        }

    @property
    def index(self) -> list[figures.Row]:
        return sorted(self.everything, key=lambda row: str(row["code"]))

    @property
    def received(self) -> list[tuple[str, int]]:
        """All that the snapshot froze, by moderation label."""
        return sorted(self.manuscript.received.items())

    # Figures ------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        return len(self.accepted)

    @cached_property
    def answered(self) -> int:
        return sum(map(figures.is_answered, self.accepted))

    @cached_property
    def by_disposition(self) -> Counter[str]:
        return Counter(row["disposition"] for row in self.accepted)

    @property
    def taken_up(self) -> int:
        counts = self.by_disposition
        return sum(counts[disposition] for disposition in TAKEN_UP)

    @cached_property
    def with_change(self) -> int:
        """How many changed a sentence of the plan."""
        return sum(bool(row["response"] and row["response"]["text_after"]) for row in self.accepted)

    @cached_property
    def silent_regencies(self) -> list[str]:
        heard = {row["regency_code"] for row in self.accepted}
        return [name for code, name in self.regencies if code not in heard]

    @property
    def heard_regencies(self) -> int:
        return len(self.regencies) - len(self.silent_regencies)

    @cached_property
    def agencies(self) -> list[tuple[str, int]]:
        """Offices that spoke as a whole, with the number of their aspirations."""
        return sorted(Counter(row["agency"] for row in self.accepted if row["agency"]).items())

    @cached_property
    def channels(self) -> list[tuple[str, int]]:
        return Counter(row["channel_label"] for row in self.accepted).most_common()

    @property
    def answered_share(self) -> int:
        return figures.share(self.answered, self.total)

    @property
    def withdrawn(self) -> int:
        return self.manuscript.snapshot.withdrawn_count

    @property
    def received_total(self) -> int:
        return self.manuscript.snapshot.row_count + self.withdrawn

    @property
    def left_out(self) -> int:
        """How many the snapshot holds that this edition does not print."""
        return self.manuscript.snapshot.row_count - len(self.everything)

    # Charts -------------------------------------------------------------------------------

    @cached_property
    def disposition_chart(self) -> figures.Chart:
        finding = _("%(answered)d of %(total)d aspirations are answered (%(share)d%%).") % {
            "answered": self.answered,
            "total": self.total,
            "share": self.answered_share,
        }
        return figures.chart(
            "decisions",
            finding,
            self.accepted,
            "disposition",
            self.dispositions,
            splits_answered=False,
        )

    @cached_property
    def chapter_chart(self) -> figures.Chart:
        labels = [(part.number, f"{part.label} {part.title}") for part in self.parts]
        return figures.chart(
            "chapters", self._chapter_finding(), self.accepted, "chapter_number", labels
        )

    def _chapter_finding(self) -> str:
        if not self.accepted:
            return _("No aspiration has been accepted yet.")
        busiest = max(self.parts, key=lambda part: len(part.rows))
        return _("%(chapter)s, %(title)s, drew the most aspirations: %(count)d of %(total)d.") % {
            "chapter": busiest.label,
            "title": busiest.title,
            "count": len(busiest.rows),
            "total": self.total,
        }

    @cached_property
    def region_chart(self) -> figures.Chart:
        finding = _("%(heard)d of the %(all)d regencies and cities were heard.") % {
            "heard": self.heard_regencies,
            "all": len(self.regencies),
        }
        return figures.chart("regions", finding, self.accepted, "regency_code", self.regencies)

    @cached_property
    def group_chart(self) -> figures.Chart:
        counts = Counter(row["group"] for row in self.accepted)
        ranked = sorted(self.groups, key=lambda group: -counts[group[0]])
        heard = sum(bool(counts[value]) for value, _label in self.groups)
        finding = _("%(heard)d of %(all)d stakeholder groups took part.") % {
            "heard": heard,
            "all": len(self.groups),
        }
        return figures.chart("groups", finding, self.accepted, "group", ranked)

    @cached_property
    def inclusion(self) -> list[tuple[str, int]]:
        counts = Counter(row["group"] for row in self.accepted)
        return [(label, counts[value]) for value, label in self.groups if value in INCLUSION_GROUPS]

    @property
    def summary_charts(self) -> list[figures.Chart]:
        return [self.disposition_chart, self.chapter_chart]

    # Cross-tables -------------------------------------------------------------------------

    @cached_property
    def cross_tables(self) -> list[figures.CrossTable]:
        fields = figures.labels_found(
            self.accepted, "affair_field_code", "affair_field", _("No affair field chosen")
        )
        fields = [(code, f"{code} {name}".strip()) for code, name in fields]
        approaches = [*_texts(self.manuscript.approaches), ("", _("No approach tagged"))]
        return [
            self._cross("by-region", _("Region"), "regency_code", self.regencies),
            self._cross("by-group", _("Stakeholder group"), "group", self.groups),
            self._cross("by-field", _("Affair field"), "affair_field_code", fields),
            figures.cross_table(
                "by-approach",
                _("Decisions by planning approach"),
                _("Planning approach"),
                self.accepted,
                lambda row: figures.tags_of(row, "approach"),
                approaches,
                self.dispositions,
                note=_("One aspiration may carry several approaches; the sum counts it once."),
            ),
        ]

    def _cross(
        self, name: str, head: str, key: str, labels: list[tuple[str, str]]
    ) -> figures.CrossTable:
        captions = {
            "by-region": _("Decisions by region"),
            "by-group": _("Decisions by stakeholder group"),
            "by-field": _("Decisions by affair field"),
        }
        return figures.cross_table(
            name,
            captions[name],
            head,
            self.accepted,
            lambda row: [row[key]],
            labels,
            self.dispositions,
        )


def _texts(labels: Labels) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in labels]


def _readable(row: dict[str, Any]) -> figures.Row:
    """The row with moments instead of their ISO texts, and with its place in the PDF."""
    response = row["response"]
    return {
        **row,
        "anchor": f"{ANCHOR}{row['code']}",
        "shown_author": row.get("author_full") or row["author"] or _("Author erased on request"),
        "regency_short": row["regency"].removeprefix("Kabupaten "),
        "tag_names": [tag["name"] for tag in row["tags"]],
        "submitted_at": datetime.fromisoformat(row["submitted_at"]),
        "response": response and {**response, "at": datetime.fromisoformat(response["at"])},
    }
