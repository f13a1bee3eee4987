"""Whether aspirations are what their events attest. Every finding is a sentence."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from aspirations.models import Aspiration, Disposition, Event, Moderation, Response
from aspirations.models.author import PERSONAL
from consultations.models import Consultation

CHUNK = 500
Verb = Event.Verb


def findings(consultation: Consultation) -> Iterator[str]:
    """Everything that is not as it was recorded; the caller sees it as of one moment.

    That the events themselves are those that were recorded is for the log to say.
    """
    events = Prefetch("events", Event.objects.order_by("pk"), to_attr="story")
    responses = Prefetch("responses", Response.objects.order_by("at", "pk"), to_attr="answers")
    all_of_it = consultation.aspirations.select_related("author", "merged_into").order_by("pk")
    for aspiration in all_of_it.prefetch_related(events, responses).iterator(CHUNK):
        for sentence in _of(aspiration, aspiration.story, aspiration.answers):
            yield f"{aspiration.code}: {sentence}"


def _of(aspiration: Aspiration, story: list[Event], answers: list[Response]) -> Iterator[str]:
    if not story or [event.verb for event in story].count(Verb.SUBMITTED) != 1:
        yield _("there is no single event that says that it came in.")
        return
    if aspiration.digest() != aspiration.original_sha256 or any(
        event.evidence.get("original") != aspiration.original_sha256 for event in story
    ):
        yield _("the author's words are not those that came in.")
    attested = [event for event in story if "state" in event.evidence]
    if not attested or story[0].verb != Verb.SUBMITTED or not hasattr(aspiration, "author"):
        yield _("its author is gone, or no event says where it stands.")
        return
    yield from _author(aspiration, story)
    in_force = next((answer for answer in answers if answer.superseded_at is None), None)
    told = _as_told(aspiration, story, in_force) and _erasing_changed_nothing(attested)
    if attested[-1].evidence["state"] != aspiration.state_sha256(in_force) or not told:
        yield _("moderation, decision, addition or consent are not as the last event left them.")
    if any(event.verb in Event.BY_STAFF and event.by_id is None for event in story):
        yield _("an event of the office does not say who did it.")
    yield from _answers(story, answers)


def _as_told(aspiration: Aspiration, story: list[Event], in_force: Response | None) -> bool:
    """Whether it stands where its history, as everybody can read it, has left it."""
    moves = [event for event in story if event.verb in Event.LEADS_TO]
    moderation = Event.LEADS_TO[Verb(moves[-1].verb)] if moves else Moderation.SUBMITTED
    added = [event.words for event in story if event.verb == Verb.COMPLETED]
    joined = aspiration.merged_into.code if aspiration.merged_into else ""
    return (
        aspiration.moderation == moderation
        and aspiration.supplement == "\n\n".join(added)
        and aspiration.disposition == (in_force.disposition if in_force else Disposition.PENDING)
        and (moderation != Moderation.MERGED or joined == moves[-1].words)
    )


def _erasing_changed_nothing(attested: list[Event]) -> bool:
    pairs = pairwise(attested)
    return all(
        event.verb != Verb.ERASED or event.evidence["state"] == before.evidence["state"]
        for before, event in pairs
    )


def _answers(story: list[Event], answers: list[Response]) -> Iterator[str]:
    """Each answer against the event that gave it, by that person and at that time."""
    told = Counter(
        (event.evidence["response"], event.by_id, event.at)
        for event in story
        if event.verb == Verb.RESPONDED and "response" in event.evidence
    )
    if told != Counter((one.sha256(), one.by_id, one.at) for one in answers):
        yield _("its answers are not those that were given.")
    moderation = Moderation.SUBMITTED
    for event in story:
        moderation = Event.LEADS_TO.get(Verb(event.verb), moderation)
        without = event.verb == Verb.RESPONDED and "response" not in event.evidence
        if without and moderation != Moderation.MERGED:
            yield _("an event tells of an answer that was not given.")


def _author(aspiration: Aspiration, story: list[Event]) -> Iterator[str]:
    erased = any(event.verb == Verb.ERASED for event in story)
    author = aspiration.author
    if erased and any(getattr(author, name) for name in PERSONAL):
        yield _("its author was erased, and somebody's data is there again.")
    if erased != bool(author.erased_at):
        yield _("its author was erased without a trace, or is back.")
    elif not erased and author.commitment() != story[0].evidence.get("author"):
        yield _("its author is not the one who sent it.")
