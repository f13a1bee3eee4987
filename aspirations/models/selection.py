"""Which aspirations: by audience, by what must be done, by words; and what a list shows of them."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models import Agency, User
from aspirations import reference, search
from aspirations.models.choices import UNDECIDED, Moderation
from aspirations.models.event import Event
from aspirations.models.response import Disposition, Response


class Selection(models.QuerySet[Any]):
    """A selection of aspirations that is only read."""

    def public(self) -> Self:
        """What everyone may read: the author consented and a planner accepted."""
        return self.filter(moderation=Moderation.ACCEPTED, consent_publish=True)

    def pending(self) -> Self:
        return self.filter(moderation__in=UNDECIDED)

    def unanswered(self) -> Self:
        return self.filter(moderation=Moderation.ACCEPTED, disposition=Disposition.PENDING)

    def sent_by(self, user: User, agency: Agency | None) -> Self:
        """What a person sent or typed for others; with an agency, also all that it sent."""
        own = Q(author__account=user, agency=None) | Q(entered_by=user)
        return self.filter(own | Q(agency=agency) if agency else own)

    def matching(self, words: str, *, with_names: bool = False) -> Self:
        """Those that the words find (`search.condition_for`); a code finds its own."""
        if code := reference.tidy_code(words):
            return self.filter(code=code)
        condition = search.condition_for(words, with_names=with_names)
        return self.none() if condition is None else self.filter(condition)

    def changing_text(self, shorter_than: int | None = None) -> Self:
        """Those whose response in force shows a sentence before and after (each that short)."""
        changes = Response.objects.in_force().changing_text(shorter_than)
        return self.filter(models.Exists(changes.filter(aspiration=models.OuterRef("pk"))))

    def count_by(self, field: str) -> dict[Any, int]:
        """How many there are for each value of `field`, in one query."""
        return dict(self.order_by().values_list(field).annotate(models.Count("pk")))

    def with_lists(self) -> Self:
        """Everything a row of a list shows, in a fixed number of queries."""
        related = ("chapter", "regency", "region", "agency", "assignee", "author")
        return self.select_related("consultation__cycle", *related).prefetch_related("tags")

    def with_last_step(self) -> Self:
        """`last_step` of the same moment as the row, or an older one: what is shown is newer."""
        both = self.model._default_manager.with_merged(models.OuterRef(models.OuterRef("pk")))
        steps = Event.objects.steps_of(both).values("pk")[:1]
        return self.annotate(last_step=models.Subquery(steps))

    def with_merged(self, pk: Any) -> Self:
        """This one and those merged into it."""
        return self.filter(Q(pk=pk) | Q(merged_into=pk)).order_by()

    def with_current_response(self) -> Self:
        current = Response.objects.in_force().select_related("by")
        prefetch = models.Prefetch("responses", current, to_attr="current_responses")
        return self.prefetch_related(prefetch)
