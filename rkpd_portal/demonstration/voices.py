"""The demonstration's aspirations, from the first word to the answer, in the order of time."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Agency, User
from aspirations.forms.sending import CONSENT_VERSION
from aspirations.models import Aspiration, Tag
from consultations.models import Block, ChapterText, Consultation, Priority, Region
from rkpd_portal.demonstration.people import account
from rkpd_portal.demonstration.plan import FOLDER, PRESENT
from rkpd_portal.demonstration.workdays import moment_after, office_time

Action = tuple[datetime, Callable[[], object]]
# Office time before the last moment told: when what is looked at has come, when it was joined.
LOOKED_AT, JOINED = timedelta(hours=4), timedelta(minutes=20)
EVENING, EVENING_ENDS = timedelta(hours=6), 5  # whoever would write at 3 wrote at 21
RESIDENT_SENDS_EVERY = 40  # every 40th voice of the present consultation is the demo resident's


class Story:
    """Turns the written examples of one consultation into dated calls of verbs."""

    def __init__(self, consultation: Consultation, until: datetime) -> None:
        self.consultation = consultation
        self.until = until
        self.planner = account("perencana")
        self.forum = consultation.forums.get()
        self.worked = office_time(consultation.opens_at, until)
        self.texts = {
            text.chapter.number: text
            for text in ChapterText.objects.filter(draft__consultation=consultation)
            .select_related("chapter")
            .prefetch_related("blocks__block")
        }
        self.plain = {
            number: [(block.block, block.plain) for block in text.blocks.all()]
            for number, text in self.texts.items()
        }
        self.regions = Region.objects.in_bulk()
        self.priorities = {p.number: p for p in Priority.objects.filter(cycle=consultation.cycle)}
        self.agencies = {a.region_code: a for a in Agency.objects.exclude(region_code="")}
        self.tags = {tag.slug: tag for tag in Tag.objects.all()}
        self.told: dict[tuple[str, int], Aspiration] = {}

    def tell(self) -> int:
        """Carry out everything in the order of time; return how many aspirations there are."""
        for _moment, act in sorted(self._actions(), key=lambda action: action[0]):
            act()
        return len(self.told)

    def _actions(self) -> Iterator[Action]:
        files = sorted((FOLDER / str(self.consultation.cycle.year)).glob("aspirations-*.json"))
        entries = [
            (file.name, index, entry)
            for file in files
            for index, entry in enumerate(json.loads(file.read_text(encoding="utf-8")))
        ]
        for order, (name, index, entry) in enumerate(entries):
            share = 0.02 + 0.93 * (order * 37 % len(entries)) / len(entries)
            yield from self._life(name, index, entry, self._sent(entry, share), order)

    def _sent(self, entry: dict[str, Any], share: float) -> datetime:
        """When it came in, `share` of the way through the window: by night only the web is awake.

        What the desk has already looked at came in early enough for that.
        """
        start, end = self.consultation.opens_at, min(self.until, self.consultation.closes_at)
        if entry["state"] != "submitted":
            end = min(end, moment_after(start, self.worked - LOOKED_AT))
        sent = start + (end - start) * share
        if entry["channel"] == "forum":
            spread = timedelta(minutes=60 + sent.minute * 4, seconds=sent.second)
            return self.forum.starts_at + spread
        if entry["channel"] != "web":
            return moment_after(start, office_time(start, end) * share)
        return sent - EVENING if timezone.localtime(sent).hour < EVENING_ENDS else sent

    def _life(
        self, name: str, index: int, entry: dict[str, Any], sent: datetime, order: int
    ) -> Iterator[Action]:
        key = (name, index)
        yield sent, lambda: self._submit(key, entry, sent, order)
        state = entry["state"]
        if state == "submitted":
            return
        review, decision, answer = self._later(sent, 0.2), self._later(sent, 0.45), None
        if state != "withdrawn":
            yield review, lambda: self.told[key].start_review(by=self.planner, at=review)
        if state in ("accepted", "merged", "refused"):
            yield decision, lambda: self._tag(key, entry, decision)
        if state == "merged":
            last = moment_after(self.consultation.opens_at, self.worked - JOINED)
            into = (name, entry["merged_into"])
            yield last, lambda: self.told[key].merge(into=self.told[into], by=self.planner, at=last)
        elif state != "in_review":
            yield decision, lambda: self._decide(key, entry, decision)
        if state == "accepted" and entry.get("response"):
            answer = self._later(sent, 0.8)
            yield answer, lambda: self._respond(key, entry["response"], answer)

    def _later(self, sent: datetime, share: float) -> datetime:
        """A moment in office hours after `sent`, within two weeks and before the present."""
        end = min(self.until, sent + timedelta(days=14))
        return moment_after(sent, office_time(sent, end) * share)

    def _submit(
        self, key: tuple[str, int], entry: dict[str, Any], at: datetime, order: int
    ) -> None:
        text = self.texts[entry["chapter"]]
        author = self._author(order)
        self.told[key] = Aspiration.objects.submit(
            consultation=self.consultation,
            chapter=text.chapter,
            chapter_text=text,
            key=f"demonstration/{self.consultation.slug}/{key[0]}/{key[1]}",
            by=author,
            account=author,
            at=at,
            block=self._block_with(entry),
            quote=entry.get("quote", ""),
            kind=entry["kind"],
            body=entry["body"],
            suggested_wording=entry.get("suggested_wording", ""),
            rationale=entry.get("rationale", ""),
            region=self.regions[entry["region"]],
            affair_field_id=entry.get("affair_field"),
            priority=self.priorities.get(entry.get("priority", 0)),
            stakeholder_group=entry["group"],
            display_name=entry["name"],
            organisation=entry.get("organisation", ""),
            consent_publish=entry["consent_publish"],
            show_name=entry["show_name"],
            consent_version=CONSENT_VERSION,
            channel=entry["channel"],
            agency=self._agency_of(entry),
        )

    def _author(self, order: int) -> User | None:
        """A few voices belong to the demonstration's resident, who then sees them as their own."""
        present = self.consultation.cycle.year == PRESENT
        return account("warga") if present and order % RESIDENT_SENDS_EVERY == 1 else None

    def _agency_of(self, entry: dict[str, Any]) -> Agency | None:
        if entry["group"] != "regency_gov" or entry["channel"] != "agency_letter":
            return None
        return self.agencies[entry["region"][:5]]

    def _block_with(self, entry: dict[str, Any]) -> Block | None:
        """The block that holds the quoted words."""
        if not entry.get("quote"):
            return None
        for block, plain in self.plain[entry["chapter"]]:
            if entry["quote"] in plain:
                return block
        raise ValueError(f"No block of chapter {entry['chapter']} holds “{entry['quote']}”.")

    def _tag(self, key: tuple[str, int], entry: dict[str, Any], at: datetime) -> None:
        tags = [self.tags[slug] for slug in entry.get("tags", [])]
        self.told[key].set_tags(tags, by=self.planner, at=at)

    def _decide(self, key: tuple[str, int], entry: dict[str, Any], at: datetime) -> None:
        aspiration, state = self.told[key], entry["state"]
        if state == "accepted":
            aspiration.accept(by=self.planner, at=at)
        elif state == "returned":
            aspiration.return_(by=self.planner, reason=entry["state_reason"], at=at)
        elif state == "refused":
            aspiration.refuse(by=self.planner, reason=entry["state_reason"], at=at)
        elif state == "withdrawn":
            aspiration.withdraw(at=at)

    def _respond(self, key: tuple[str, int], answer: dict[str, Any], at: datetime) -> None:
        self.told[key].respond(
            by=self.planner,
            disposition=answer["disposition"],
            reason=answer["reason"],
            reason_code=answer.get("reason_code", ""),
            forwarded_to=answer.get("forwarded_to", ""),
            text_before=answer.get("before", ""),
            text_after=answer.get("after", ""),
            at=at,
        )
