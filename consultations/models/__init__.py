"""The models in the order of a plan's life; verbs stand on the model whose status changes."""

from consultations.models.block import Block, BlockText
from consultations.models.change import Change
from consultations.models.classification import AffairField, Priority, Region
from consultations.models.consultation import Consultation
from consultations.models.cycle import PlanCycle
from consultations.models.draft import Chapter, ChapterText, Draft
from consultations.models.forum import ForumSession
from consultations.models.notice import RootNotice
from consultations.models.record import RecordCheck, Recorded, Unsealed
from consultations.models.seal import Leaf, Seal, Tile
from consultations.models.timeline import PlanEvent

__all__ = [
    "AffairField",
    "Block",
    "BlockText",
    "Change",
    "Chapter",
    "ChapterText",
    "Consultation",
    "Draft",
    "ForumSession",
    "Leaf",
    "PlanCycle",
    "PlanEvent",
    "Priority",
    "RecordCheck",
    "Recorded",
    "Region",
    "RootNotice",
    "Seal",
    "Tile",
    "Unsealed",
]
