"""Which aspirations: by audience, by what must be done, by words; and what a list shows of them."""

from typing import Any, Self

from django.contrib.postgres.search import SearchVectorExact, SearchVectorField
from django.db import models
from django.db.models import Q

from accounts.models import Agency, User
from aspirations import keyset, reference, search
from aspirations.models.author import Author
from aspirations.models.choices import Moderation
from aspirations.models.event import Event
from aspirations.models.response import Disposition, Response

SAMPLE, COMMON_IN_SAMPLE = 300, 30


class Selection(models.QuerySet[Any]):
    """A selection of aspirations that is only read."""

    counted: keyset.Size | None = None  # how many they are, if `matching` just found it out

    def public(self) -> Self:
        """What everyone may read: the author consented and a planner accepted."""
        return self.filter(moderation=Moderation.ACCEPTED, consent_publish=True)

    def unanswered(self) -> Self:
        return self.filter(moderation=Moderation.ACCEPTED, disposition=Disposition.PENDING)

    def sent_by(self, user: User, agency: Agency | None) -> Self:
        """What a person sent or typed for others; with an agency, also all that it sent."""
        own = Author.objects.filter(account=user, aspiration__agency=None)
        # Looked up first: across two tables no index serves the alternatives.
        sent = Q(pk__in=list(own.values_list("pk", flat=True))) | Q(entered_by=user)
        return self.filter(sent | Q(agency=agency) if agency else sent)

    def matching(self, words: str, *, with_names: bool = False) -> Self:
        """Those that the words find (`search.condition_for`); a code finds its own. Narrow the
        selection first: what is narrowed later is to be counted anew."""
        if code := reference.tidy_code(words):
            return self.filter(code=code)
        condition = search.condition_for(words, _by_people_named if with_names else None)
        if condition is None:
            return self.none()
        found = self.filter(condition)
        # A few are fetched by their keys. Only of many is it right to go through time for them.
        newest = keyset.in_order(self.model._default_manager.all()).values("pk")[:SAMPLE]
        sample = self.model._default_manager.filter(condition, pk__in=newest)
        if sample.order_by().count() >= COMMON_IN_SAMPLE:
            return found
        keys = keyset.keys_of(found)
        size = keyset.Size.of(len(keys))
        found = self.filter(pk__in=keys) if size.is_all else found
        found.counted = size
        return found

    def changing_text(self) -> Self:
        """Those whose response in force shows a sentence before and after."""
        return self.filter(changes_text=True)

    def count_by(self, field: str) -> dict[Any, int]:
        """How many there are for each value of `field`, in one query."""
        return dict(self.order_by().values_list(field).annotate(models.Count("pk")))

    def with_lists(self) -> Self:
        """Everything a row of a list shows, in a fixed number of queries."""
        # Small tables each by themselves: planning one join of eight takes longer than all of it.
        small = ("chapter", "regency", "region", "agency", "assignee", "tags")
        return self.select_related("author").prefetch_related(*small)

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


def _by_people_named(word: str) -> Q:
    """Their keys if they are few; of many, it is soon found by looking at each in turn."""
    authors = Author.objects.filter(search_vector=search.names_beginning(word))
    keys = keyset.keys_of(authors)
    if len(keys) > keyset.MOST_COUNTED:
        own = models.Subquery(
            Author.objects.filter(pk=models.OuterRef("pk")).values("search_vector")
        )
        # A function of one's own name: PostgreSQL would gather those of all others first.
        names = models.Func(own, template="%(expressions)s", output_field=SearchVectorField())
        return Q(SearchVectorExact(names, search.names_beginning(word)))
    return Q(pk__in=keys) if keys else Q()
