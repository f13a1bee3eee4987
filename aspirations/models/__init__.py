"""The models in the order of an aspiration's life; the verbs stand in the same order."""

from aspirations.models.aspiration import Aspiration
from aspirations.models.choices import Channel, Kind, Moderation, StakeholderGroup
from aspirations.models.event import Event, EventChain
from aspirations.models.response import Disposition, ReasonCode, Response
from aspirations.models.tag import Tag, Tagging

__all__ = [
    "Aspiration",
    "Channel",
    "Disposition",
    "Event",
    "EventChain",
    "Kind",
    "Moderation",
    "ReasonCode",
    "Response",
    "StakeholderGroup",
    "Tag",
    "Tagging",
]
