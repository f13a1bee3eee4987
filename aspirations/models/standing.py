"""Where an aspiration stands: how it came in, what was decided, and the digest of all that."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.errors import AlreadyDone
from accounts.models import Agency, User
from aspirations.models.author import Author, author_and_words
from aspirations.models.choices import Channel, Moderation
from aspirations.models.original import ORIGINAL_FIELDS, Original, differs
from aspirations.models.response import Disposition, Response
from aspirations.models.tag import Tag, Tagging
from consultations.digests import sha256_of
from consultations.models import Consultation
from consultations.models.record import facts_of

# The words and the response have digests of their own; who looks after it is the desk's affair.
UNATTESTED = frozenset({"id", "search_vector", "assignee_id", "changes_text", *ORIGINAL_FIELDS})


class Standing(Original):
    """What changes in an aspiration's life, and what its readers conclude from it."""

    author: Author
    responses: Any  # the manager that `Response.aspiration` brings
    last_step: int  # from `with_last_step`

    code = models.CharField(max_length=16, unique=True, editable=False)
    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="aspirations", db_index=False
    )
    supplement = models.TextField(_("added by the author"), blank=True)
    channel = models.CharField(_("channel"), max_length=15, choices=Channel, default=Channel.WEB)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="aspirations", db_index=False
    )
    consent_publish = models.BooleanField(_("may be published"), default=False)
    entered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    moderation = models.CharField(max_length=15, choices=Moderation, default=Moderation.SUBMITTED)
    moderation_reason = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    disposition = models.CharField(max_length=24, choices=Disposition, default=Disposition.PENDING)
    changes_text = models.BooleanField(default=False, editable=False)
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    tags = models.ManyToManyField(Tag, through=Tagging, related_name="aspirations")

    class Meta:
        abstract = True

    @property
    def response(self) -> Response | None:
        """The response in force, if there is one."""
        if hasattr(self, "current_responses"):
            return self.current_responses[0] if self.current_responses else None
        found: Response | None = self.responses.in_force().select_related("by").first()
        return found

    @property
    def responded(self) -> "Standing | None":
        """The one whose response its author reads: itself, or the public one it is merged into."""
        if self.moderation == Moderation.ACCEPTED:
            return self
        if self.moderation == Moderation.MERGED and self.merged_into:
            return self.merged_into if self.merged_into.is_public else None
        return None

    @property
    def is_public(self) -> bool:
        """Twin of `AspirationQuerySet.public`."""
        return self.moderation == Moderation.ACCEPTED and self.consent_publish

    @property
    def public_author(self) -> str:
        """The author as everyone sees them: the office, the name, or just the group."""
        if self.agency:
            return self.agency.name
        return self.author.shown_name or str(self.get_stakeholder_group_display())

    def state_sha256(self, response: Response | None) -> str:
        """Digest of where it stands: every column but the words, which have a digest of their own,
        and the desk's assignee; whether the author is named; and the response in force."""
        state = facts_of(self, without=UNATTESTED)
        state["named"] = str(self.author.show_name)
        if response:
            state["response"] = response.sha256()
        return sha256_of(state)

    def state_now(self) -> str:
        """The digest of the state to which a verb has just brought it."""
        answered = self.disposition != Disposition.PENDING
        return self.state_sha256(self.responses.in_force().first() if answered else None)

    def is_office_of(self, by: User | None) -> bool:
        """Whether it is this person's office to act here: for an agency, or having typed it."""
        return by is not None and (self.agency_id is not None or by.pk == self.entered_by_id)

    def same_or_refuse(self, fields: dict[str, Any]) -> Self:
        """This aspiration if the form says the same again; otherwise raise AlreadyDone."""
        who, said = author_and_words(fields)
        if differs(self, said) or differs(self.author, who):
            raise AlreadyDone(
                _("Your first text was already received as %(code)s. Send again to add this one.")
                % {"code": self.code}
            )
        return self
