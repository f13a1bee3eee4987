"""The models in the order of a plan's life; verbs stand on the model whose status changes."""

from consultations.models.classification import AffairField, Priority, Region
from consultations.models.consultation import Consultation, ForumSession, PlanEvent
from consultations.models.cycle import PlanCycle
from consultations.models.draft import Block, BlockText, Chapter, ChapterText, Draft

__all__ = [
    "AffairField",
    "Block",
    "BlockText",
    "Chapter",
    "ChapterText",
    "Consultation",
    "Draft",
    "ForumSession",
    "PlanCycle",
    "PlanEvent",
    "Priority",
    "Region",
]
