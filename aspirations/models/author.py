"""The author: who said it, where to answer, and what they agreed to. The row that can be erased."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.addresses import validate_address
from accounts.models import User
from consultations.digests import sha256_of
from consultations.models.record import facts_of

# What `Aspiration.objects.submit` takes for the author's row.
AUTHOR_FIELDS = (
    "account",
    "display_name",
    "organisation",
    "position",
    "contact_email",
    "contact_phone",
    "show_name",
    "consent_version",
)
# What goes when a person is erased; the office's account may be a person's as well.
PERSONAL = {
    "account": None,
    "display_name": "",
    "organisation": "",
    "position": "",
    "contact_email": "",
    "contact_phone": "",
    "salt": "",
}


def new_salt() -> str:
    return secrets.token_hex(16)


class Author(models.Model):
    """The person or office behind one aspiration, beside it so that the words can stay without.

    The record holds only a commitment to it: a digest with a salt that is erased along with it,
    after which nobody can find out by guessing whom the digest was made of.
    """

    aspiration = models.OneToOneField(
        "Aspiration", models.PROTECT, primary_key=True, related_name="author"
    )
    account = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    display_name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    position = models.CharField(pgettext_lazy("author", "position"), max_length=120, blank=True)
    contact_email = models.EmailField(
        _("e-mail for the reply"), blank=True, validators=[validate_address]
    )
    contact_phone = models.CharField(_("WhatsApp number for the reply"), max_length=30, blank=True)
    show_name = models.BooleanField(_("name may be shown"), default=False)
    consent_version = models.CharField(max_length=20, blank=True)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    search_vector = models.GeneratedField(
        expression=SearchVector("display_name", "organisation", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        indexes = (GinIndex(fields=["search_vector"], name="author_names"),)

    def __str__(self) -> str:
        return self.display_name

    @property
    def full_name(self) -> str:
        """The author as staff see them."""
        if self.erased_at:
            return str(_("Erased at the author's request"))
        return ", ".join(filter(None, (self.display_name, self.position, self.organisation)))

    @property
    def shown_name(self) -> str:
        """The author as everyone may see them; empty unless they agreed."""
        if not self.show_name:
            return ""
        return ", ".join(filter(None, (self.display_name, self.organisation)))

    @property
    def reply_address(self) -> str:
        """Where the author wants to hear: the address given, else the account's."""
        return self.contact_email or (self.account.email if self.account else "")

    @property
    def has_confirmed_address(self) -> bool:
        """Whether the reply goes to the account that sent it, at an address proven its own."""
        return self.account is not None and self.account.has_confirmed(self.reply_address)

    def commitment(self) -> str:
        """What the record knows of the author; empty once they are erased."""
        if not self.salt:
            return ""
        return sha256_of(facts_of(self, without=("aspiration_id", "search_vector", "erased_at")))

    def erase(self, *, at: datetime | None = None) -> bool:
        """Forget who it was. False if that was done before."""
        present = Author.objects.filter(pk=self.pk, erased_at=None)
        erased = present.update(erased_at=at or timezone.now(), **PERSONAL)
        self.refresh_from_db()
        return bool(erased)


def author_and_words(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a form gave, parted into the author's row and the rest."""
    who = {name: value for name, value in fields.items() if name in AUTHOR_FIELDS}
    return who, {name: value for name, value in fields.items() if name not in AUTHOR_FIELDS}
