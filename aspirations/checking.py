"""Whether aspirations are what their events attest. Every finding is a sentence."""

from collections.abc import Iterator

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from aspirations.models import Aspiration, Event, Response
from aspirations.models.author import PERSONAL
from consultations.models import Consultation

CHUNK = 500
Verb = Event.Verb
ATTEST_STATE = frozenset({*Event.LEADS_TO, Verb.SUBMITTED, Verb.RESPONDED, Verb.ERASED})


def findings(consultation: Consultation) -> Iterator[str]:
    """Everything that is not as it was recorded; the caller sees it as of one moment.

    That the events themselves are those that were recorded is for the log to say.
    """
    events = Prefetch("events", Event.objects.order_by("pk"), to_attr="story")
    responses = Prefetch("responses", Response.objects.order_by("at", "pk"), to_attr="answers")
    all_of_it = consultation.aspirations.select_related("author").order_by("pk")
    for aspiration in all_of_it.prefetch_related(events, responses).iterator(CHUNK):
        for sentence in _of(aspiration, aspiration.story, aspiration.answers):
            yield f"{aspiration.code}: {sentence}"


def _of(aspiration: Aspiration, story: list[Event], answers: list[Response]) -> Iterator[str]:
    if [event.verb for event in story].count(Event.Verb.SUBMITTED) != 1:
        yield _("there is no single event that says that it came in.")
        return
    if aspiration.digest() != aspiration.original_sha256 or any(
        event.evidence.get("original") != aspiration.original_sha256 for event in story
    ):
        yield _("the author's words are not those that came in.")
    attested = [event for event in story if "state" in event.evidence]
    if any(event.verb not in ATTEST_STATE for event in attested):
        yield _("an event attests a state that it cannot lead to.")
    if not attested or not hasattr(aspiration, "author"):
        yield _("its author is gone, or no event says where it stands.")
        return
    yield from _author(aspiration, story)
    in_force = next((answer for answer in answers if answer.superseded_at is None), None)
    if attested[-1].evidence["state"] != aspiration.state_sha256(in_force):
        yield _("moderation, decision, addition or consent are not as the last event left them.")
    given = [event.evidence["response"] for event in story if "response" in event.evidence]
    if sorted(given) != sorted(answer.sha256() for answer in answers):
        yield _("its answers are not those that were given.")


def _author(aspiration: Aspiration, story: list[Event]) -> Iterator[str]:
    erased = any(event.verb == Event.Verb.ERASED for event in story)
    author = aspiration.author
    if erased and any(getattr(author, name) for name in PERSONAL):
        yield _("its author was erased, and somebody's data is there again.")
    if erased != bool(author.erased_at):
        yield _("its author was erased without a trace, or is back.")
    elif not erased and author.commitment() != story[0].evidence.get("author"):
        yield _("its author is not the one who sent it.")
