"""What an event says to one reader: a sentence, and the words that belong to it."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aspirations.models import Delivery, Event

Verb = Event.Verb
Sentences = dict[str, Promise | str]

FOR_AUTHOR: Sentences = {
    Verb.SUBMITTED: _("We received your aspiration."),
    Verb.REVIEW_STARTED: _("A planner began to read it."),
    Verb.RETURNED: _("We asked you to complete it."),
    Verb.COMPLETED: _("You completed it."),
    Verb.REFUSED: _("It was not accepted."),
    Verb.MERGED: _("It was joined with %(words)s, which is about the same matter."),
    Verb.SEPARATED: _("%(words)s is no longer shown, so yours is looked at by itself again."),
    Verb.WITHDRAWN: _("You withdrew it."),
    Verb.RESPONDED: _("It was answered."),
}
ACCEPTED_AND_SHOWN = _("It was accepted and shown to the public.")
ACCEPTED_NOT_SHOWN = _("It was accepted. As you wished, it is not shown to the public.")
FOR_EVERYONE: Sentences = {
    Verb.SUBMITTED: pgettext_lazy("public history", "Received"),
    Verb.REVIEW_STARTED: pgettext_lazy("public history", "A planner began to read it"),
    Verb.ACCEPTED: pgettext_lazy("public history", "Accepted and published"),
    Verb.RESPONDED: pgettext_lazy("public history", "Answered"),
}
# Whose words the author reads below the sentence; the others repeat what stands elsewhere.
QUOTED_TO_AUTHOR = frozenset({Verb.RETURNED, Verb.COMPLETED, Verb.REFUSED})

# What the staff read of a message that did not arrive, by its outcome.
UNDELIVERED: Sentences = {
    Delivery.Outcome.REFUSED: _(
        "The author was not told by e-mail: the mail server does not accept the address."
    ),
    Delivery.Outcome.GIVEN_UP: _(
        "The author was not told by e-mail: it was tried many times without success."
    ),
    "": _(
        "The author has not been told by e-mail yet: the last attempt failed. It is tried again by"
        " itself."
    ),
}


class EventDescription:
    """An event as its author, everyone or the staff read it."""

    def __init__(self, event: Event, reader: str) -> None:
        self.event, self.reader = event, reader

    @property
    def sentence(self) -> str:
        """What happened, in the reader's words."""
        return str(self._sentence()) % {"words": self.event.words}

    def _sentence(self) -> Any:
        verb, label = self.event.verb, self.event.get_verb_display()
        if self.reader == "author":
            if verb == Verb.ACCEPTED:
                shown = self.event.aspiration.consent_publish
                return ACCEPTED_AND_SHOWN if shown else ACCEPTED_NOT_SHOWN
            return FOR_AUTHOR.get(verb, label)
        return FOR_EVERYONE.get(verb, label) if self.reader == "everyone" else label

    @property
    def words(self) -> str:
        """What was said with it, as far as this reader may know it."""
        quoted = self.reader == "author" and self.event.verb in QUOTED_TO_AUTHOR
        return self.event.words if quoted or self.reader == "staff" else ""

    @property
    def who(self) -> str:
        """Who did it; told to the staff alone."""
        return str(self.event.by) if self.reader == "staff" and self.event.by else ""

    @property
    def undelivered(self) -> list[tuple[Delivery, str]]:
        """Messages about it that did not arrive, as far as they were fetched along, and a sentence
        on each; for the staff alone."""
        if self.reader != "staff":
            return []
        found: list[Delivery] = getattr(self.event, "undelivered", [])
        return [(delivery, str(UNDELIVERED[delivery.outcome])) for delivery in found]


def described(events: Any, reader: str) -> list[EventDescription]:
    """Each event as `author`, `everyone` or `staff` read it."""
    return [EventDescription(event, reader) for event in events]
