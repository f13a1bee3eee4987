"""The models in the order of an aspiration's life; the verbs stand in the same order."""

from aspirations.models.aspiration import Aspiration
from aspirations.models.author import Author
from aspirations.models.choices import UNDECIDED, Channel, Kind, Moderation, StakeholderGroup
from aspirations.models.count import Count, CountChange
from aspirations.models.delivery import Delivery
from aspirations.models.event import Event
from aspirations.models.original import WORD_FIELDS
from aspirations.models.receipt import Receipt
from aspirations.models.response import TAKEN_UP, Disposition, ReasonCode, Response
from aspirations.models.tag import Tag, Tagging

__all__ = [
    "TAKEN_UP",
    "UNDECIDED",
    "WORD_FIELDS",
    "Aspiration",
    "Author",
    "Channel",
    "Count",
    "CountChange",
    "Delivery",
    "Disposition",
    "Event",
    "Kind",
    "Moderation",
    "ReasonCode",
    "Receipt",
    "Response",
    "StakeholderGroup",
    "Tag",
    "Tagging",
]
