"""The aspiration: what someone said about the plan, unchanged, and its life since."""

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Greatest, Length
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.errors import AlreadyDone, DomainError
from accounts.models import Agency, User
from aspirations import reference, search
from aspirations.models.choices import Channel, Kind, Moderation, StakeholderGroup
from aspirations.models.event import Event, EventChain
from aspirations.models.response import (
    CHANGES_TEXT,
    NEEDS_REASON_CODE,
    Disposition,
    Response,
)
from aspirations.models.tag import Tag, Tagging
from consultations.models import (
    AffairField,
    Block,
    Chapter,
    ChapterText,
    Consultation,
    Priority,
    Region,
)

UNDECIDED = frozenset({Moderation.SUBMITTED, Moderation.IN_REVIEW})
# What was said, about what and for whom: hashed when it arrives, guarded by a trigger ever
# after. Who said it is left out, so that a name can be erased when its time has come.
ORIGINAL_FIELDS = (
    "kind",
    "quote",
    "body",
    "suggested_wording",
    "rationale",
    "stakeholder_group",
    "chapter_id",
    "region_id",
)


class AspirationQuerySet(models.QuerySet["Aspiration"]):
    """Which aspirations: by audience, by what must be done, by words."""

    def public(self) -> "AspirationQuerySet":
        """What everyone may read: the author consented and a planner accepted."""
        return self.filter(moderation=Moderation.ACCEPTED, consent_publish=True)

    def pending(self) -> "AspirationQuerySet":
        return self.filter(moderation__in=UNDECIDED)

    def unanswered(self) -> "AspirationQuerySet":
        return self.filter(moderation=Moderation.ACCEPTED, disposition=Disposition.PENDING)

    def sent_by(self, user: User, agency: Agency | None) -> "AspirationQuerySet":
        """What a person sent or typed for others; with an agency, also all that it sent."""
        own = Q(author=user, agency=None) | Q(entered_by=user)
        return self.filter(own | Q(agency=agency) if agency else own)

    def opened_by(self, code: str, pin: str) -> "Aspiration | None":
        """The one that code and PIN open together: one question, whether the code exists or not."""
        return self.filter(code=code, pin_digest__in=reference.pin_digests(code, pin)).first()

    def matching(self, words: str) -> "AspirationQuerySet":
        """Full-text search in Indonesian; an aspiration's code finds it too."""
        code = reference.tidy_code(words)
        if code:
            return self.filter(code=code)
        query = search.query_for(words)
        return self.filter(search_vector=query) if query else self.none()

    def changing_text(self, shorter_than: int | None = None) -> "AspirationQuerySet":
        """Those whose answer in force shows a sentence before and after (each that short)."""
        changes = Response.objects.filter(aspiration=models.OuterRef("pk"), superseded_at=None)
        changes = changes.exclude(text_before="").exclude(text_after="")
        if shorter_than:
            changes = changes.annotate(
                longest=Greatest(Length("text_before"), Length("text_after"))
            ).filter(longest__lt=shorter_than)
        return self.filter(models.Exists(changes))

    def count_by(self, field: str) -> dict[Any, int]:
        """How many there are for each value of `field`, in one query."""
        return dict(self.order_by().values_list(field).annotate(models.Count("pk")))

    def turnout(self) -> dict[str, int]:
        """How many came in (`received`), from how many regencies, and how many were answered."""
        open_still = Q(disposition=Disposition.PENDING)
        own_or_joined = ~open_still | ~Q(merged_into=None) & ~Q(merged_into__disposition="pending")
        return self.exclude(moderation=Moderation.WITHDRAWN).aggregate(
            received=models.Count("pk"),
            regencies=models.Count("regency", distinct=True),
            answered=models.Count("pk", filter=own_or_joined),
        )

    def with_lists(self) -> "AspirationQuerySet":
        """Everything a row of a list shows, in a fixed number of queries."""
        return self.select_related(
            "consultation__cycle", "chapter", "regency", "region", "agency", "assignee"
        ).prefetch_related("tags")

    def with_current_response(self) -> "AspirationQuerySet":
        current = Response.objects.filter(superseded_at=None).select_related(
            "by", "changed_block", "changed_block__chapter"
        )
        return self.prefetch_related(
            models.Prefetch("responses", current, to_attr="current_responses")
        )

    def submit(
        self,
        *,
        consultation: Consultation,
        chapter: Chapter,
        key: str,
        by: User | None = None,
        at: datetime | None = None,
        **fields: Any,
    ) -> "Aspiration":
        """Keep what someone says. The same form key sent again returns the first aspiration.

        Raises DomainError when the consultation does not take entries at this time, and
        AlreadyDone when the key was used for other words.
        """
        at = at or timezone.now()
        known = self.filter(submission_key=reference.key_digest(key)).first()
        if known:
            return known.same_or_refuse(fields)
        self._refuse_outside_window(consultation, fields.get("channel", Channel.WEB), fields, at)
        try:
            return self._insert(consultation, chapter, key, by, at, fields)
        except IntegrityError:
            # The same form arrived twice at the same moment; the other one won.
            known = self.filter(submission_key=reference.key_digest(key)).first()
            if known is None:
                raise
            return known.same_or_refuse(fields)

    def _refuse_outside_window(
        self, consultation: Consultation, channel: str, fields: dict[str, Any], at: datetime
    ) -> None:
        late = channel != Channel.WEB or fields.get("agency") is not None
        if consultation.is_open(at) or (late and consultation.accepts_late_entries(at)):
            return
        if consultation.phase(at) == Consultation.Phase.PREPARING:
            raise DomainError(_("This consultation has not opened yet."))
        raise DomainError(
            _("This consultation is closed and takes no more aspirations. Copy your text first.")
        )

    def _insert(
        self,
        consultation: Consultation,
        chapter: Chapter,
        key: str,
        by: User | None,
        at: datetime,
        fields: dict[str, Any],
    ) -> "Aspiration":
        with transaction.atomic():
            aspiration = Aspiration(
                consultation=consultation,
                chapter=chapter,
                submission_key=reference.key_digest(key),
                submitted_at=at,
                code=self._free_code(consultation.cycle.year),
                **fields,
            )
            aspiration.regency_id = aspiration.region.regency_code
            aspiration.pin_digest = reference.pin_digest(aspiration.code, reference.pin_for(key))
            aspiration.original_sha256 = aspiration.digest()
            aspiration.save(force_insert=True)
            aspiration.record(Event.Verb.SUBMITTED, by=by, at=at)
            return aspiration

    def _free_code(self, year: int) -> str:
        """A code nobody has; codes grow by a sign when the short ones fill up."""
        for attempt in range(20):
            code = reference.new_code("RK", year, length=4 + attempt // 4)
            if not self.filter(code=code).exists():
                return code
        raise DomainError(_("No free reference code was found. Please send again."))


class Aspiration(models.Model):
    """What one person or office said on one chapter. The original never changes."""

    code = models.CharField(max_length=16, unique=True, editable=False)
    pin_digest = models.CharField(max_length=64, editable=False)
    submission_key = models.CharField(max_length=64, unique=True, editable=False)

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="aspirations")
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="aspirations")
    chapter_text = models.ForeignKey(
        ChapterText, models.PROTECT, null=True, related_name="aspirations"
    )
    block = models.ForeignKey(
        Block, models.PROTECT, null=True, blank=True, related_name="aspirations"
    )
    quote = models.TextField(_("quoted words"), blank=True)

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    body = models.TextField(_("aspiration"))
    suggested_wording = models.TextField(_("suggested wording"), blank=True)
    rationale = models.TextField(_("reason"), blank=True)
    supplement = models.TextField(_("added by the author"), blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    regency = models.ForeignKey(Region, models.PROTECT, related_name="aspirations")
    affair_field = models.ForeignKey(AffairField, models.PROTECT, null=True, blank=True)
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True)
    stakeholder_group = models.CharField(
        _("stakeholder group"), max_length=20, choices=StakeholderGroup
    )

    display_name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    position = models.CharField(_("position"), max_length=120, blank=True)
    contact_email = models.EmailField(_("e-mail for the reply"), blank=True)
    contact_phone = models.CharField(_("WhatsApp number for the reply"), max_length=30, blank=True)
    consent_publish = models.BooleanField(_("may be published"), default=False)
    show_name = models.BooleanField(_("name may be shown"), default=False)
    consent_version = models.CharField(max_length=20, blank=True)

    channel = models.CharField(_("channel"), max_length=15, choices=Channel, default=Channel.WEB)
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="aspirations"
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="aspirations"
    )
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    original_sha256 = models.CharField(max_length=64, editable=False)
    submitted_at = models.DateTimeField()

    moderation = models.CharField(max_length=15, choices=Moderation, default=Moderation.SUBMITTED)
    moderation_reason = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    disposition = models.CharField(max_length=24, choices=Disposition, default=Disposition.PENDING)
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    tags = models.ManyToManyField(Tag, through=Tagging, related_name="aspirations")
    search_vector = models.GeneratedField(
        expression=SearchVector("body", "suggested_wording", "rationale", config="indonesian"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

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
        indexes = (
            GinIndex(fields=["search_vector"], name="aspiration_words"),
            models.Index(
                fields=["consultation", "moderation", "-submitted_at"], name="aspiration_queue"
            ),
            models.Index(fields=["chapter", "moderation"], name="aspiration_of_chapter"),
            models.Index(fields=["block", "moderation"], name="aspiration_of_block"),
        )

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("listing:aspiration", args=[self.code])

    @property
    def response(self) -> Response | None:
        """The answer in force, if there is one."""
        if hasattr(self, "current_responses"):
            return self.current_responses[0] if self.current_responses else None
        return self.responses.filter(superseded_at=None).select_related("by").first()

    @property
    def answer(self) -> Response | None:
        """The answer for its author: its own, or that of the public one it was joined to."""
        if self.moderation != Moderation.MERGED or self.merged_into is None:
            return self.response
        return self.merged_into.response if self.merged_into.is_public else None

    @property
    def reply_address(self) -> str:
        """Where the author wants to hear: the address given, else the account's."""
        return self.contact_email or (self.author.email if self.author else "")

    @property
    def is_public(self) -> bool:
        """Twin of `AspirationQuerySet.public`."""
        return self.moderation == Moderation.ACCEPTED and self.consent_publish

    @property
    def public_author(self) -> str:
        """The author as everyone sees them: the office, the name, or just the group."""
        if self.agency:
            return self.agency.name
        if not self.show_name:
            return str(self.get_stakeholder_group_display())
        return ", ".join(part for part in (self.display_name, self.organisation) if part)

    @property
    def full_author(self) -> str:
        """The author as staff see them."""
        parts = (self.display_name, self.position, self.organisation)
        return ", ".join(part for part in parts if part)

    def digest(self) -> str:
        """SHA-256 of the original."""
        words = [str(getattr(self, name)) for name in ORIGINAL_FIELDS]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()

    def same_or_refuse(self, fields: dict[str, Any]) -> "Aspiration":
        """This aspiration if the form says the same again; otherwise raise AlreadyDone."""
        if any(self._differs(name, value) for name, value in fields.items()):
            raise AlreadyDone(
                _("Your first text was already received as %(code)s. Send again to add this one.")
                % {"code": self.code}
            )
        return self

    def _differs(self, name: str, value: Any) -> bool:
        if isinstance(value, models.Model):
            name, value = f"{name}_id", value.pk
        return bool(getattr(self, name) != value)

    def record(
        self, verb: str, *, by: User | None, text: str = "", at: datetime | None = None
    ) -> Event:
        return Event.objects.append(self, verb, by=by, text=text, at=at or timezone.now())

    # What planners do ---------------------------------------------------------------------

    def start_review(self, *, by: User, at: datetime | None = None) -> None:
        """A planner takes it up and becomes the one who looks after it."""
        self._move(
            Moderation.IN_REVIEW,
            allowed=[Moderation.SUBMITTED],
            verb=Event.Verb.REVIEW_STARTED,
            by=by,
            at=at,
            assignee=by,
        )

    def accept(self, *, by: User, at: datetime | None = None) -> None:
        """Accept it. It is shown to everyone only if its author consented."""
        allowed = [*UNDECIDED, Moderation.REFUSED]
        self._move(
            Moderation.ACCEPTED,
            allowed=allowed,
            verb=Event.Verb.ACCEPTED,
            by=by,
            at=at,
            moderation_reason="",
        )

    def return_(self, *, by: User, reason: str, at: datetime | None = None) -> None:
        """Ask the author to complete it."""
        reason = _required(reason, _("Tell the author what is missing."))
        self._move(
            Moderation.RETURNED,
            allowed=UNDECIDED,
            verb=Event.Verb.RETURNED,
            by=by,
            at=at,
            text=reason,
            moderation_reason=reason,
        )

    def refuse(self, *, by: User, reason: str, at: datetime | None = None) -> None:
        """Keep it from the public, with a reason that its author reads."""
        reason = _required(reason, _("Give the author a reason."))
        with transaction.atomic():
            self._move(
                Moderation.REFUSED,
                allowed=[*UNDECIDED, Moderation.ACCEPTED],
                verb=Event.Verb.REFUSED,
                by=by,
                at=at,
                text=reason,
                moderation_reason=reason,
            )
            self._send_back_joined(by=by, at=at)

    def merge(self, *, into: "Aspiration", by: User, at: datetime | None = None) -> None:
        """Join it to a public one on the same matter; that one's answer serves for both.

        Whatever was joined to this one goes along.
        """
        if into.pk == self.pk or into.consultation_id != self.consultation_id:
            raise DomainError(_("Choose another aspiration of the same consultation."))
        with transaction.atomic():
            EventChain.lock(self.consultation_id)
            into.refresh_from_db()
            if not into.is_public:
                raise DomainError(_("An aspiration can only be joined to one that all can read."))
            self._move(
                Moderation.MERGED,
                allowed=[*UNDECIDED, Moderation.ACCEPTED],
                verb=Event.Verb.MERGED,
                by=by,
                at=at,
                text=into.code,
                merged_into=into,
            )
            self.merged.filter(moderation=Moderation.MERGED).update(merged_into=into)

    def _send_back_joined(self, *, by: User | None, at: datetime | None) -> None:
        """What was joined to this one needs an answer of its own again."""
        with translation.override(settings.LANGUAGE_CODE):
            text = _("%(code)s, to which it was joined, is no longer shown.") % {"code": self.code}
        for joined in self.merged.filter(moderation=Moderation.MERGED):
            joined._move(
                Moderation.IN_REVIEW,
                allowed=[Moderation.MERGED],
                verb=Event.Verb.REVIEW_STARTED,
                by=by,
                at=at,
                text=text,
                merged_into=None,
            )

    def set_tags(self, tags: Iterable[Tag], *, by: User, at: datetime | None = None) -> None:
        """Make these the aspiration's tags. Setting the same tags again changes nothing."""
        wanted = {tag.pk: tag for tag in tags}
        with transaction.atomic():
            EventChain.lock(self.consultation_id)
            present = {
                tagging.tag_id: tagging.tag for tagging in self.taggings.select_related("tag")
            }
            added = [tag for pk, tag in wanted.items() if pk not in present]
            gone = [tag for pk, tag in present.items() if pk not in wanted]
            if not added and not gone:
                return
            self.taggings.filter(tag__in=gone).delete()
            Tagging.objects.bulk_create(Tagging(aspiration=self, tag=tag, by=by) for tag in added)
            changes = [f"+{tag.name}" for tag in added] + [f"−{tag.name}" for tag in gone]
            self.record(Event.Verb.TAGGED, by=by, text=", ".join(changes), at=at)

    def respond(
        self,
        *,
        by: User,
        disposition: str,
        reason: str = "",
        reason_code: str = "",
        forwarded_to: str = "",
        text_before: str = "",
        text_after: str = "",
        seen: int | None = None,
        at: datetime | None = None,
    ) -> Response:
        """Give the official answer. A later answer supersedes the earlier, which is kept.

        `seen` is the key of the answer that the planner had before them, 0 for none; when
        another is in force by now, AlreadyDone is raised.
        """
        if disposition == Disposition.PENDING:
            raise DomainError(_("Choose a decision."))
        if disposition != Disposition.ACCOMMODATED:
            reason = _required(reason, _("Every answer needs a reason, unless accommodated."))
        if disposition in NEEDS_REASON_CODE and not reason_code:
            raise DomainError(_("Choose the kind of reason."))
        if disposition == Disposition.FORWARDED and not forwarded_to.strip():
            raise DomainError(_("Say to whom it is forwarded."))
        changes = disposition in CHANGES_TEXT
        at = at or timezone.now()
        with transaction.atomic():
            EventChain.lock(self.consultation_id)
            answered = Aspiration.objects.filter(pk=self.pk, moderation=Moderation.ACCEPTED).update(
                disposition=disposition
            )
            if not answered:
                raise DomainError(_("Accept the aspiration before you answer it."))
            in_force = self.responses.filter(superseded_at=None)
            if seen is not None and seen != (in_force.values_list("pk", flat=True).first() or 0):
                raise AlreadyDone(
                    _("A colleague answered in the meantime. Compare, then send yours again.")
                )
            in_force.update(superseded_at=at)
            response = self.responses.create(
                disposition=disposition,
                reason_code=reason_code if disposition in NEEDS_REASON_CODE else "",
                reason=reason.strip(),
                forwarded_to=forwarded_to.strip() if disposition == Disposition.FORWARDED else "",
                changed_block_id=self.block_id if changes and text_after else None,
                text_before=text_before.strip() if changes else "",
                text_after=text_after.strip() if changes else "",
                by=by,
                at=at,
            )
            self.refresh_from_db()
            with translation.override(settings.LANGUAGE_CODE):
                text = f"{Disposition(disposition).label}. {response.reason}"
            for aspiration in (self, *self._joined()):
                aspiration.record(Event.Verb.RESPONDED, by=by, text=text, at=at)
            return response

    def _joined(self) -> models.QuerySet["Aspiration"]:
        """Those whose authors read this one's answer as theirs."""
        joined = self.merged.filter(moderation=Moderation.MERGED)
        return joined if self.is_public else joined.none()

    def note(self, text: str, *, by: User) -> Event:
        """Keep a note for colleagues; the author never sees it."""
        return self.record(
            Event.Verb.NOTED, by=by, text=_required(text, _("Write the note first."))
        )

    # What the author does -----------------------------------------------------------------

    def complete(self, text: str, *, by: User | None = None, at: datetime | None = None) -> None:
        """Add what a planner asked for. The original stays as it was."""
        text = _required(text, _("Write what you want to add."))
        with transaction.atomic():
            EventChain.lock(self.consultation_id)
            self.refresh_from_db(fields=["supplement"])
            self._move(
                Moderation.SUBMITTED,
                allowed=[Moderation.RETURNED],
                verb=Event.Verb.COMPLETED,
                by=by,
                at=at,
                text=text,
                supplement=f"{self.supplement}\n\n{text}".strip(),
            )

    def withdraw(self, *, by: User | None = None, at: datetime | None = None) -> None:
        """Take it back. It disappears from public pages and later reports; the record stays."""
        allowed = set(Moderation) - {Moderation.WITHDRAWN}
        verb = Event.Verb.WITHDRAWN
        with transaction.atomic():
            self._move(Moderation.WITHDRAWN, allowed=allowed, verb=verb, by=by, at=at)
            self._send_back_joined(by=by, at=at)

    def _move(
        self,
        to: str,
        *,
        allowed: Collection[str],
        verb: str,
        by: User | None,
        at: datetime | None,
        text: str = "",
        **fields: Any,
    ) -> None:
        """Change the moderation state if it is still one of `allowed`, and record the event.

        The chain is locked first, here and in every verb, so that no two verbs can wait for
        each other.
        """
        with transaction.atomic():
            EventChain.lock(self.consultation_id)
            moved = Aspiration.objects.filter(pk=self.pk, moderation__in=allowed).update(
                moderation=to, **fields
            )
            self.refresh_from_db()
            if not moved:
                raise AlreadyDone(
                    _("%(code)s is now “%(state)s”, so this can no longer be done.")
                    % {"code": self.code, "state": self.get_moderation_display()}
                )
            self.record(verb, by=by, text=text, at=at)


def _required(text: str, complaint: Any) -> str:
    if not text.strip():
        raise DomainError(complaint)
    return text.strip()
