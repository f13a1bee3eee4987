"""The receipt: what tells one sending from another, and what its sender opens it with."""

from typing import Any

from django.db import models

from aspirations import reference

# What the page of a receipt shows of its aspiration, and no more: everybody opens it after sending.
SHOWN = (
    "code",
    "submitted_at",
    "consent_publish",
    "original_sha256",
    "author__contact_email",
    "author__account__email",
    "chapter__number",
    "chapter__title",
    "consultation__slug",
    "consultation__stage",
    "consultation__closes_at",
    "consultation__cycle__year",
    "consultation__cycle__organiser_name",
    "consultation__cycle__organiser_address",
    "consultation__cycle__organiser_contact",
    "consultation__cycle__is_example",
)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Receipts by the secrets that belong to them. Only digests of those are stored."""

    def give(self, aspiration: Any, key: str) -> "Receipt":
        """The receipt for an aspiration that came with this form key."""
        pin = reference.pin_digest(aspiration.code, reference.pin_for(key))
        digest = reference.key_digest(key)
        return self.create(aspiration=aspiration, key_digest=digest, pin_digest=pin)

    def of_key(self, key: str) -> "ReceiptQuerySet":
        """The one given for a form's idempotency key."""
        return self.filter(key_digest=reference.key_digest(key))

    def sent_with(self, key: str) -> Any:
        """The aspiration that this form key brought, or None: whoever holds the key sent it."""
        receipt = self.of_key(key).select_related("aspiration__author").first()
        return receipt.aspiration if receipt else None

    def opened_by(self, code: str, pin: str) -> "ReceiptQuerySet":
        """The one that code and PIN open together: one question, whether the code exists or not."""
        return self.filter(aspiration__code=code, pin_digest__in=reference.pin_digests(code, pin))


class Receipt(models.Model):
    """Key and PIN of one aspiration. Wrong guesses of a PIN are counted in `accounts.robots`."""

    aspiration = models.OneToOneField(
        "Aspiration", models.PROTECT, primary_key=True, related_name="receipt"
    )
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    pin_digest = models.CharField(max_length=64, editable=False)

    objects = ReceiptQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.aspiration_id)
