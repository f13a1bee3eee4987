"""The aspiration: an original with its life since. The verbs stand in the order of that life."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import robots
from accounts.errors import AlreadyDone, DomainError, required
from accounts.models import User
from aspirations import reference
from aspirations.models.author import Author, author_and_words
from aspirations.models.choices import UNDECIDED, Channel, Moderation
from aspirations.models.delivery import Delivery
from aspirations.models.event import Event
from aspirations.models.indexes import INDEXES
from aspirations.models.receipt import Receipt
from aspirations.models.response import Disposition, Response
from aspirations.models.selection import Selection
from aspirations.models.standing import Standing
from aspirations.models.tag import Tag, Tagging
from consultations.models import Chapter, Consultation


class AspirationQuerySet(Selection, models.QuerySet["Aspiration"]):
    """What a selection is asked by those who change it, and how one comes in."""

    def hold(self, *pks: int) -> None:
        """Lock these, what they are joined to and what is joined to them, until the transaction
        ends. Whoever locks several does it here, in the order of their keys, so that no two can
        wait for each other in a circle. Someone may join one while we wait: then again.
        """
        while True:
            found, start = self._family(pks), transaction.savepoint()
            rows = Aspiration.objects.filter(pk__in=found).order_by("pk")
            list(rows.select_for_update(no_key=True).values_list("pk"))
            if found >= self._family(pks):
                return transaction.savepoint_commit(start)
            transaction.savepoint_rollback(start)

    def _family(self, pks: Collection[int]) -> set[int]:
        """Their keys, and those of all that hangs together with them by joining, however far."""
        found, edge = set(pks), set(pks)
        while edge:
            near = Aspiration.objects.filter(Q(pk__in=edge) | Q(merged_into__in=edge)).order_by()
            pairs = near.values_list("pk", "merged_into")
            edge = {key for pair in pairs for key in pair if key} - found
            found |= edge
        return found

    def mend_changes(self) -> list[str]:
        """Compare `changes_text` with the responses in force, put right what differs, and name it
        by its codes."""
        showing = Response.objects.in_force().changing_text().filter(aspiration=OuterRef("pk"))
        doubted = self.annotate(shows=Exists(showing)).exclude(changes_text=F("shows"))
        return [one.code for one in doubted.only("code").order_by("pk") if one.mend_change()]

    def require_last_steps(self, shown: dict[int, int]) -> None:
        """Raise AlreadyDone unless each key's last step (`with_last_step`) is its number: nobody
        decides over what they have not seen. Nothing more can happen to them until the
        transaction around it ends.
        """
        self.hold(*shown)
        for pk, number in shown.items():
            steps = Event.objects.steps_of(Aspiration.objects.with_merged(pk))
            last = steps.select_related("by", "aspiration").first()
            if last and last.pk != number:
                raise AlreadyDone(
                    _("%(code)s in the meantime: “%(what)s” (%(who)s). Look again, then decide.")
                    % {
                        "code": last.aspiration.code,
                        "what": last.get_verb_display(),
                        "who": last.by or _("the author"),
                    }
                )

    def submit(
        self,
        *,
        consultation: Consultation,
        chapter: Chapter,
        key: str,
        by: User | None = None,
        at: datetime | None = None,
        counted: Collection[robots.Counted] = (),
        **fields: Any,
    ) -> "Aspiration":
        """Keep what someone says. The same form key sent again returns the first aspiration.
        Raises DomainError when the consultation does not take entries at this time, AlreadyDone
        when the key was used for other words, and TooMany when what is `counted` passes its limit.
        """
        at = at or timezone.now()
        by_staff = fields.get("channel", Channel.WEB) != Channel.WEB
        try:
            consultation.require_entries(late=by_staff or bool(fields.get("agency")), at=at)
        except DomainError:
            if known := Receipt.objects.sent_with(key):
                return known.same_or_refuse(fields)
            raise
        place = {"consultation": consultation, "chapter": chapter}
        for code in reference.new_codes("RK", consultation.cycle.year):
            if self.filter(code=code).exists():
                continue  # to insert it all the same would be to wait for whoever changes that one
            try:
                return self._keep(key, by, at, counted, fields | place | {"code": code})
            except IntegrityError:  # no look-up of the key before: the database says it is there
                if known := Receipt.objects.sent_with(key):
                    return known.same_or_refuse(fields)
                if not self.filter(code=code).exists():
                    raise
        raise DomainError(_("No free reference code was found. Please send again."))

    def _keep(
        self, key: str, by: User | None, at: datetime, counted: Any, fields: Any
    ) -> "Aspiration":
        """The aspiration with its author, its receipt and its first event, or none of them."""
        who, said = author_and_words(fields)
        with transaction.atomic():
            aspiration = Aspiration(submitted_at=at, regency_id=said["region"].regency_code, **said)
            aspiration.original_sha256 = aspiration.digest()
            aspiration.save(force_insert=True)
            author = Author.objects.create(aspiration=aspiration, **who)
            Receipt.objects.give(aspiration, key)
            attested = {"author": author.commitment(), "state": aspiration.state_now()}
            aspiration.record(Event.Verb.SUBMITTED, by=by, at=at, evidence=attested)
            robots.require(*counted)  # last: neighbours wait for its row, so for one commit
            return aspiration


class Aspiration(Standing):
    """What one person or office said, and what became of it."""

    objects = AspirationQuerySet.as_manager()

    class Meta:
        verbose_name = _("aspiration")
        verbose_name_plural = _("aspirations")
        ordering = ("-submitted_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(moderation__in=[Moderation.RETURNED, Moderation.REFUSED])
                | ~Q(moderation_reason=""),
                name="aspiration_reason_given",
            ),
            models.CheckConstraint(
                condition=~Q(moderation=Moderation.MERGED) | Q(merged_into__isnull=False),
                name="aspiration_merged_into_something",
            ),
        )
        indexes = INDEXES

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("listing:aspiration", args=[self.code])

    def record(
        self,
        verb: Event.Verb,
        *,
        by: User | None,
        words: str = "",
        at: datetime | None = None,
        evidence: Mapping[str, str] = MappingProxyType({}),
    ) -> Event:
        """Note what happened, with digests of what it attests, and whom it is to be told. What
        people do for themselves names nobody: who it was stands in the row that can be erased.
        """
        event = Event.objects.create(
            aspiration=self,
            consultation_id=self.consultation_id,
            verb=verb,
            by=None if verb in Event.BY_AUTHORS and not self.is_office_of(by) else by,
            words=words,
            at=at or timezone.now(),
            evidence={"original": self.original_sha256, **evidence},
        )
        if verb in Event.NOTIFIES and (address := self.author.reply_address):
            event.deliveries.create(address=address)
        return event

    # What planners do ---------------------------------------------------------------------

    def start_review(self, *, by: User, at: datetime | None = None) -> None:
        """A planner takes it up and becomes the one who looks after it."""
        allowed = [Moderation.SUBMITTED]
        self._move(Event.Verb.REVIEW_STARTED, allowed, by=by, at=at, assignee=by)

    def accept(self, *, by: User, at: datetime | None = None) -> None:
        """Accept it. It is shown to everyone only if its author consented."""
        allowed = [*UNDECIDED, Moderation.REFUSED]
        self._move(Event.Verb.ACCEPTED, allowed, by=by, at=at, moderation_reason="")

    def return_(self, *, by: User, reason: str, at: datetime | None = None) -> None:
        """Ask the author to complete it."""
        reason = required(reason, _("Tell the author what is missing."))
        self._move(
            Event.Verb.RETURNED, UNDECIDED, by=by, at=at, words=reason, moderation_reason=reason
        )

    def refuse(self, *, by: User, reason: str, at: datetime | None = None) -> None:
        """Do not accept it, with a reason that its author reads."""
        reason = required(reason, _("Give the author a reason."))
        allowed = [*UNDECIDED, Moderation.ACCEPTED]
        with transaction.atomic():
            self._move(
                Event.Verb.REFUSED, allowed, by=by, at=at, words=reason, moderation_reason=reason
            )
            self._separate_merged(by=by, at=at)

    def merge(self, *, into: "Aspiration", by: User, at: datetime | None = None) -> None:
        """Merge it into a public one on the same matter, whose response then serves for both.

        Whatever was merged into this one goes along, and reads the response if there is one.
        """
        if into.pk == self.pk or into.consultation_id != self.consultation_id:
            raise DomainError(_("Choose another aspiration of the same consultation."))
        allowed = [*UNDECIDED, Moderation.ACCEPTED]
        with transaction.atomic():
            Aspiration.objects.hold(self.pk, into.pk)
            into.refresh_from_db()
            if not into.is_public:
                raise DomainError(_("An aspiration can only be joined to one that all can read."))
            along = list(self._merged())
            for one in (self, *along):
                one._move(
                    Event.Verb.MERGED, allowed, by=by, at=at, words=into.code, merged_into=into
                )
                if response := into.response:
                    said, words = {"response": response.sha256()}, response.in_words
                    one.record(Event.Verb.RESPONDED, by=by, words=words, at=at, evidence=said)
                allowed = [Moderation.MERGED]

    def _separate_merged(self, *, by: User | None, at: datetime | None) -> None:
        """What was merged into this one needs a review and a response of its own again."""
        none: dict[str, Any] = {"merged_into": None, "assignee": None, "changes_text": False}
        for one in self._merged():
            one.responses.in_force().update(superseded_at=at or timezone.now())
            verb, allowed = Event.Verb.SEPARATED, [Moderation.MERGED]
            fields = none | {"words": self.code, "disposition": Disposition.PENDING}
            one._move(verb, allowed, by=by, at=at, **fields)

    def _merged(self) -> models.QuerySet["Aspiration"]:
        return self.merged.filter(moderation=Moderation.MERGED).select_related("author")

    def set_tags(
        self,
        tags: Iterable[Tag] = (),
        *,
        names: Iterable[str] = (),
        instead_of: Collection[int] | None = None,
        by: User,
        at: datetime | None = None,
    ) -> None:
        """Make these and those of the names the aspiration's tags (`Tagging.objects.replace`)."""
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)
            wanted = [*tags, *Tag.objects.all_named(names)]
            if changes := Tagging.objects.replace(self.pk, wanted, instead_of, by=by):
                self.record(Event.Verb.TAGGED, by=by, words=", ".join(changes), at=at)

    def respond(self, *, by: User, at: datetime | None = None, **written: str) -> Response:
        """Give the official response, of RESPONSE_FIELDS. A later one supersedes it."""
        response = Response(aspiration=self, by=by, at=at or timezone.now(), **written).tidy()
        response.refuse_incomplete()
        if response.text_after:
            response.changed_block_id = self.block_id
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)
            accepted = Aspiration.objects.filter(pk=self.pk, moderation=Moderation.ACCEPTED)
            shown = {"changes_text": response.shows_change}
            if not accepted.update(disposition=response.disposition, **shown):
                raise DomainError(_("Accept the aspiration before you answer it."))
            self.responses.in_force().update(superseded_at=response.at)
            response.save(force_insert=True)
            self.refresh_from_db()
            verb, words, at = Event.Verb.RESPONDED, response.in_words, response.at
            said = {"response": response.sha256()}
            attested = said | {"state": self.state_now()}
            self.record(verb, by=by, words=words, at=at, evidence=attested)
            for one in self._merged() if self.is_public else ():
                one.record(verb, by=by, words=words, at=at, evidence=said)
            return response

    def mend_change(self) -> bool:
        """Whether `changes_text` was not what the response in force shows; now it is."""
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)  # nobody answers it meanwhile
            shows = self.responses.in_force().changing_text().exists()
            wrong = Aspiration.objects.filter(pk=self.pk, changes_text=not shows)
            return bool(wrong.update(changes_text=shows))

    def note(self, words: str, *, by: User) -> Event:
        """Keep a note for colleagues; the author never sees it."""
        words = required(words, _("Write the note first."))
        return self.record(Event.Verb.NOTED, by=by, words=words)

    # What the author does -----------------------------------------------------------------

    def complete(self, words: str, *, by: User | None = None, at: datetime | None = None) -> None:
        """Add what a planner asked for. The original stays as it was."""
        words, allowed = required(words, _("Write what you want to add.")), [Moderation.RETURNED]
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)
            self.refresh_from_db(fields=["supplement"])
            more = f"{self.supplement}\n\n{words}".strip()
            fields = {"words": words, "supplement": more, "moderation_reason": ""}
            self._move(Event.Verb.COMPLETED, allowed, by=by, at=at, **fields)

    def erase_author(self, *, by: User | None = None, at: datetime | None = None) -> None:
        """Forget who sent it, and every address to which something about it went."""
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)
            self.refresh_from_db()
            if not self.author.erase(at=at):
                raise AlreadyDone(_("The author's data was erased before."))
            Delivery.objects.filter(event__aspiration=self).forget()
            self.record(Event.Verb.ERASED, by=by, at=at, evidence={"state": self.state_now()})

    def withdraw(self, *, by: User | None = None, at: datetime | None = None) -> None:
        """Take it back. It disappears from public pages and later reports; the record stays."""
        allowed = set(Moderation) - {Moderation.WITHDRAWN}
        with transaction.atomic():
            self._move(Event.Verb.WITHDRAWN, allowed, by=by, at=at)
            self._separate_merged(by=None, at=at)

    def _move(
        self,
        verb: Event.Verb,
        allowed: Collection[str],
        *,
        by: User | None,
        at: datetime | None,
        words: str = "",
        **fields: Any,
    ) -> None:
        """Change the moderation state if it is still one of `allowed`, and record the event."""
        with transaction.atomic():
            Aspiration.objects.hold(self.pk)
            movable = Aspiration.objects.filter(pk=self.pk, moderation__in=allowed)
            moved = movable.update(moderation=Event.LEADS_TO[verb], **fields)
            self.refresh_from_db()
            if not moved:
                raise AlreadyDone(
                    _("%(code)s is now “%(state)s”, so this can no longer be done.")
                    % {"code": self.code, "state": self.get_moderation_display()}
                )
            state = {"state": self.state_now()}
            self.record(verb, by=by, words=words, at=at, evidence=state)
