"""Messages to authors, as the tests speak of them."""

from typing import Any

from aspirations.models import Aspiration, Delivery
from consultations.models import ChapterText
from tests import factories


def make(text: ChapterText, **fields: Any) -> Aspiration:
    return factories.make_aspiration(text, **{"contact_email": "rina@contoh.id"} | fields)


def delivery_of(aspiration: Aspiration, verb: str) -> Delivery:
    """The message about what happened to it."""
    return Delivery.objects.get(event__aspiration=aspiration, event__verb=verb)


def everything(message: Any) -> str:
    """All that a reader may see of a message: subject, text and HTML."""
    return "\n".join([message.subject, message.body, str(message.alternatives[0][0])])
