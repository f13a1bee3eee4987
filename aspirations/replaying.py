"""Where an aspiration must stand by its history alone, as everybody can read it."""

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple

from aspirations.models import Aspiration, Disposition, Event, Moderation, Response

Verb = Event.Verb


class Stand(NamedTuple):
    """How far it has come; `answer` is the digest of the response in force."""

    moderation: str = Moderation.SUBMITTED
    reason: str = ""
    supplement: str = ""
    joined: str = ""  # the code of the one with which it is joined
    answer: str | None = None


def told(story: Iterable[Event]) -> Stand:
    """Where its events have led it, one after the other."""
    stand = Stand()
    for event in story:
        stand = _after(stand, event)
    return stand


def _after(stand: Stand, event: Event) -> Stand:
    verb = Verb(event.verb)
    stand = stand._replace(moderation=Event.LEADS_TO.get(verb, stand.moderation))
    match verb:
        case Verb.RETURNED | Verb.REFUSED:
            return stand._replace(reason=event.words)
        case Verb.ACCEPTED:
            return stand._replace(reason="")
        case Verb.COMPLETED:
            supplement = f"{stand.supplement}\n\n{event.words}".strip()
            return stand._replace(reason="", supplement=supplement)
        case Verb.MERGED:
            return stand._replace(joined=event.words)
        case Verb.SEPARATED:
            return stand._replace(joined="", answer=None)
        case Verb.RESPONDED if event.is_own_answer:
            return stand._replace(answer=event.evidence.get("response"))
    return stand


def found(aspiration: Aspiration, in_force: Response | None) -> Stand:
    """Where its row and the response in force say that it stands."""
    return Stand(
        moderation=aspiration.moderation,
        reason=aspiration.moderation_reason,
        supplement=aspiration.supplement,
        joined=aspiration.merged_into.code if aspiration.merged_into else "",
        answer=in_force.sha256() if in_force else None,
    )


def state_as_it_came(aspiration: Aspiration) -> str:
    """The digest of its state when it came in, if what no verb changes is still the same."""
    came = copy(aspiration)
    came.moderation, came.disposition = Moderation.SUBMITTED, Disposition.PENDING
    came.moderation_reason = came.supplement = ""
    came.merged_into_id = None
    return came.state_sha256(None)
