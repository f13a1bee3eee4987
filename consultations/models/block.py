"""Blocks: the paragraphs, headings, lists and tables of a chapter, which people answer to.

`Block` is the identity that outlives versions; `BlockText` holds what one draft says.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations import markup
from consultations.models.timeline import PlanEvent

OPENING_LENGTH = 60


class Block(models.Model):
    """A paragraph's, table's or heading's identity; what people said stays attached to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chapter = models.ForeignKey("Chapter", models.PROTECT, related_name="blocks")

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")

    def __str__(self) -> str:
        return self.anchor

    @property
    def anchor(self) -> str:
        """The fragment of the block's address on its page."""
        return f"b-{self.id.hex[:8]}"


class BlockTextQuerySet(models.QuerySet["BlockText"]):
    """The blocks of a chapter text."""

    def live(self) -> "BlockTextQuerySet":
        return self.filter(retired_at=None).select_related("block").order_by("position")


class BlockText(models.Model):
    """The sanitised HTML of one block in one draft. `revision` guards against lost edits."""

    class Kind(models.TextChoices):
        HEADING = "heading", pgettext_lazy("block", "Heading")
        PARAGRAPH = "paragraph", pgettext_lazy("block", "Paragraph")
        LIST = "list", pgettext_lazy("block", "List")
        TABLE = "table", pgettext_lazy("block", "Table")

    chapter_text = models.ForeignKey("ChapterText", models.PROTECT, related_name="blocks")
    block = models.ForeignKey(Block, models.PROTECT, related_name="texts")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    position = models.PositiveIntegerField(_("position"))
    html = models.TextField(_("text"))
    rendered = models.TextField(blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1)
    retired_at = models.DateTimeField(null=True, editable=False)

    objects = BlockTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("block text")
        verbose_name_plural = _("block texts")
        ordering = ("chapter_text", "position")
        constraints = (
            models.UniqueConstraint("chapter_text", "block", name="one_text_per_block"),
            models.UniqueConstraint(
                fields=["chapter_text", "position"],
                name="block_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self) -> str:
        return self.plain[:60]

    @property
    def plain(self) -> str:
        return markup.plain_text(self.html)

    @property
    def opening(self) -> str:
        """The first words, as a history names the block."""
        return f"“{Truncator(markup.quotable(self.html)).chars(OPENING_LENGTH)}”"

    @property
    def shown(self) -> str:
        """The HTML for readers: rendered at publication, rendered now in a preview."""
        return self.rendered or markup.render(self.kind, self.html)

    @property
    def anchor(self) -> str:
        return self.block.anchor

    def rewrite(self, html: str, *, revision: int, by: User) -> None:
        """Replace the text. Further top-level elements become blocks of their own after it.

        A block that was removed in the meantime comes back. Raises AlreadyDone when someone else
        saved since `revision` was read.
        """
        cut = markup.split_blocks(html)
        if not cut:
            raise DomainError(_("The text is empty. To take the block out, use “Remove”."))
        with transaction.atomic():
            self.chapter_text.refuse_if_published()
            saved = BlockText.objects.filter(pk=self.pk, revision=revision).update(
                kind=cut[0].kind,
                html=cut[0].html,
                revision=F("revision") + 1,
                retired_at=None,
            )
            if not saved:
                raise AlreadyDone(
                    _("Someone else changed this block in the meantime. Compare and save again.")
                )
            self.chapter_text.record(PlanEvent.Verb.TEXT_CHANGED, by=by, words=self.opening)
            self.refresh_from_db()
            if cut[1:]:
                rest = "".join(one.html for one in cut[1:])
                self.chapter_text.add_blocks(rest, by=by, after=self)

    def move(self, steps: int, *, by: User) -> None:
        """Swap places with the live block before (-1) or after (+1); at an end, do nothing."""
        with transaction.atomic():
            self.chapter_text.refuse_if_published()
            order = list(self.chapter_text.blocks.live())
            if self not in order:
                raise AlreadyDone(_("This block has been removed. Restore it first."))
            here = order.index(self)
            there = here + steps
            if 0 <= there < len(order):
                mine, others = order[here].position, order[there].position
                _set_position(order[here], others)
                _set_position(order[there], mine)
                self.chapter_text.record(PlanEvent.Verb.TEXT_MOVED, by=by, words=self.opening)

    def remove(self, *, by: User) -> None:
        """Take the block out of the text; `restore` brings it back."""
        self._retire(timezone.now(), PlanEvent.Verb.TEXT_REMOVED, by)

    def restore(self, *, by: User) -> None:
        self._retire(None, PlanEvent.Verb.TEXT_RESTORED, by)

    def _retire(self, moment: datetime | None, verb: PlanEvent.Verb, by: User) -> None:
        """Set the moment of removal; a second time changes and records nothing."""
        with transaction.atomic():
            self.chapter_text.refuse_if_published()
            other = BlockText.objects.filter(pk=self.pk, retired_at__isnull=moment is not None)
            if other.update(retired_at=moment):
                self.chapter_text.record(verb, by=by, words=self.opening)
        self.refresh_from_db(fields=["retired_at"])


def _set_position(block: BlockText, position: int) -> None:
    BlockText.objects.filter(pk=block.pk).update(position=position)


def outline_of(blocks: Iterable[BlockText]) -> list[dict[str, str]]:
    """The headings of a chapter: level ("2" or "3"), title and anchor."""
    return [
        {"level": block.html[2:3], "title": block.plain, "anchor": block.anchor}
        for block in blocks
        if block.kind == BlockText.Kind.HEADING
    ]
