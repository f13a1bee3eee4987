"""Whether aspirations are what their events attest. Every finding is a sentence."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from itertools import chain, pairwise

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from aspirations import replaying
from aspirations.models import Aspiration, Disposition, Event, Response
from aspirations.models.author import PERSONAL
from consultations.models import Consultation

CHUNK = 500
CLOCK = timedelta(days=2)  # more than any clock is ever wrong
Verb = Event.Verb


def findings(consultation: Consultation) -> Iterator[str]:
    """Everything that is not as it was recorded; the caller sees it as of one moment.

    That the events themselves are those that were recorded is for the log to say.
    """
    events = Prefetch("events", Event.objects.order_by("pk"), to_attr="story")
    responses = Prefetch("responses", Response.objects.order_by("at", "pk"), to_attr="answers")
    all_of_it = consultation.aspirations.select_related("author", "merged_into").order_by("pk")
    given = cache(_answers_given_to)
    for aspiration in all_of_it.prefetch_related(events, responses).iterator(CHUNK):
        for sentence in chain(
            _of(aspiration, aspiration.story, aspiration.answers),
            _answers_of_others(aspiration.story, given),
        ):
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
    if not _stands_as_told(aspiration, story, attested, answers):
        yield _("moderation, decision, addition or consent are not as the last event left them.")
    yield from _deeds(story)
    yield from _answers(story, answers)


def _stands_as_told(
    aspiration: Aspiration, story: list[Event], attested: list[Event], answers: list[Response]
) -> bool:
    in_force = next((answer for answer in answers if answer.superseded_at is None), None)
    return (
        attested[-1].evidence["state"] == aspiration.state_sha256(in_force)
        and story[0].evidence["state"] == replaying.state_as_it_came(aspiration)
        and replaying.found(aspiration, in_force) == replaying.told(story)
        and aspiration.disposition == (in_force.disposition if in_force else Disposition.PENDING)
        and _erasing_changed_nothing(attested)
    )


def _erasing_changed_nothing(attested: list[Event]) -> bool:
    pairs = pairwise(attested)
    return all(
        event.verb != Verb.ERASED or event.evidence["state"] == before.evidence["state"]
        for before, event in pairs
    )


def _deeds(story: list[Event]) -> Iterator[str]:
    """Who did what, and when: people read a history by its times, the record keeps it by key."""
    if any(event.verb in Event.BY_STAFF and event.by_id is None for event in story):
        yield _("an event of the office does not say who did it.")
    times = [*(event.at for event in story), timezone.now()]
    if any(later < earlier - CLOCK for earlier, later in pairwise(times)):
        yield _("the times of its events are not in their order.")


def _answers(story: list[Event], answers: list[Response]) -> Iterator[str]:
    """Each answer against the event that gave it, by that person and at that time."""
    told = Counter(
        (event.evidence.get("response"), event.by_id, event.at)
        for event in story
        if event.is_own_answer
    )
    if told != Counter((one.sha256(), one.by_id, one.at) for one in answers):
        yield _("its answers are not those that were given.")


def _answers_of_others(story: list[Event], given: Callable[[str], frozenset[str]]) -> Iterator[str]:
    """What was told of answers that were given to the one with which it was joined."""
    joined = ""
    for event in story:
        joined = {Verb.MERGED: event.words, Verb.SEPARATED: ""}.get(Verb(event.verb), joined)
        of_another = event.verb == Verb.RESPONDED and not event.is_own_answer
        if of_another and event.evidence.get("response") not in given(joined):
            yield _("an event tells of an answer that was not given.")


def _answers_given_to(code: str) -> frozenset[str]:
    return frozenset(one.sha256() for one in Response.objects.filter(aspiration__code=code))


def _author(aspiration: Aspiration, story: list[Event]) -> Iterator[str]:
    erased = any(event.verb == Verb.ERASED for event in story)
    author = aspiration.author
    if erased and any(getattr(author, name) for name in PERSONAL):
        yield _("its author was erased, and somebody's data is there again.")
    if erased != bool(author.erased_at):
        yield _("its author was erased without a trace, or is back.")
    elif not erased and author.commitment() != story[0].evidence.get("author"):
        yield _("its author is not the one who sent it.")
