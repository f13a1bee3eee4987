"""What the public reads of a consultation now, kept between requests while nothing changes.

Model instances in it are shared by all threads: they are read, never changed or saved.
"""

import uuid
from functools import cached_property

from consultations.editions import plan_edition
from consultations.models import (
    AffairField,
    BlockText,
    ChapterText,
    Consultation,
    Priority,
    Region,
)

MOST = 20  # consultations; there are one to three a year
_kept: dict[str, tuple[int, "Publication"]] = {}


class Publication:
    """A consultation with its current chapters and the lists people choose from, each read once,
    when it is first asked for."""

    def __init__(self, consultation: Consultation) -> None:
        self.consultation = consultation
        self._blocks: dict[int, dict[uuid.UUID, BlockText]] = {}
        self._places: dict[str, dict[str, Region]] = {}

    @cached_property
    def texts(self) -> dict[int, ChapterText]:
        """The newest published text of each chapter that is still part of the plan, by number."""
        texts = ChapterText.objects.current_of(self.consultation)
        for text in texts:
            text.draft.consultation = self.consultation
        return {text.chapter.number: text for text in texts}

    def block(self, text: ChapterText, block_id: uuid.UUID) -> BlockText | None:
        """The block in this chapter's text, unless it is gone."""
        if text.pk not in self._blocks:
            self._blocks[text.pk] = {block.block_id: block for block in text.blocks.live()}
        return self._blocks[text.pk].get(block_id)

    @cached_property
    def regencies(self) -> dict[str, Region]:
        return {region.code: region for region in Region.objects.regencies()}

    def places(self, code: str) -> dict[str, Region]:
        """The districts of a regency, or the villages of a district, by code."""
        if code in self._places:
            return self._places[code]
        found = {region.code: region for region in Region.objects.below(code)}
        if found:  # else anybody could fill the memory with codes that they make up
            self._places[code] = found
        return found

    @cached_property
    def affair_fields(self) -> list[tuple[str, str]]:
        """Code and name of those that are offered to residents."""
        return list(AffairField.objects.filter(is_public=True).values_list("code", "name"))

    @cached_property
    def priorities(self) -> list[tuple[str, str]]:
        """Key and title of the year's priorities."""
        priorities = Priority.objects.filter(cycle=self.consultation.cycle_id)
        return [(str(priority.pk), str(priority)) for priority in priorities]


def publication_of(slug: str) -> Publication | None:
    """What is public under this name; None as long as none of its chapters is."""
    return kept(slug, plan_edition())


def kept(slug: str, edition: int | None) -> Publication | None:
    """What was read in this edition of the plan, else what is read now."""
    known = _kept.get(slug)
    if known and known[0] == edition:
        return known[1]
    consultations = Consultation.objects.public().select_related("cycle")
    consultation = consultations.filter(slug=slug).first()
    if consultation is None:
        return None
    publication = Publication(consultation)
    if edition is not None:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[slug] = (edition, publication)
    return publication
