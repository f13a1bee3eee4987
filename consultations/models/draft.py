"""The plan's text: drafts and chapters. Published text cannot be changed.

`Chapter` is the identity that outlives versions; `ChapterText` holds what one draft says. A
trigger in the database refuses edits of published text as well.
"""

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import AlreadyDone, DomainError
from accounts.models import User
from consultations import markup
from consultations.digests import sha256_of
from consultations.models.block import Block, BlockText, outline_of
from consultations.models.consultation import Consultation
from consultations.models.record import facts_of
from consultations.models.timeline import PlanEvent


class NotReady(DomainError):
    """The text is not complete enough to be published."""


class Draft(models.Model):
    """One version of the plan's text. Complete once every chapter is published."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="drafts")
    version = models.PositiveSmallIntegerField(_("version"))
    published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ("consultation", "version")
        constraints = (
            models.UniqueConstraint("consultation", "version", name="draft_version"),
            models.UniqueConstraint(
                "consultation",
                condition=models.Q(published_at=None),
                name="one_draft_in_the_works",
            ),
        )

    def __str__(self) -> str:
        return f"{self.consultation} · v{self.version}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def add_chapter(self, *, number: int, title: str) -> "ChapterText":
        chapter = Chapter.objects.create(consultation=self.consultation, number=number, title=title)
        return self.texts.create(chapter=chapter)

    def publish(self, *, by: User, at: datetime | None = None) -> None:
        """Publish every chapter that is not yet public. Raises NotReady if one has no text."""
        with transaction.atomic():
            self.lock()
            waiting = self.texts.filter(published_at=None).select_related("chapter")
            empty = [text.chapter for text in waiting if not text.blocks.live().exists()]
            if empty:
                raise NotReady(
                    _("Every chapter needs text before the draft can be published: %(chapters)s.")
                    % {"chapters": ", ".join(str(chapter) for chapter in empty)}
                )
            if not waiting:
                raise AlreadyDone(_("This draft is already public."))
            for text in waiting:
                text.publish(by=by, at=at)

    def lock(self) -> None:
        """Let nobody else publish in this draft until the running transaction ends.

        Comes before the lock of any chapter, so that two people never wait for each other.
        """
        Draft.objects.select_for_update(no_key=True).get(pk=self.pk)

    def complete_if_ready(self, *, by: User, at: datetime) -> None:
        """Seal the draft once its last chapter is public. Needs the `lock`."""
        if self.texts.filter(published_at=None).exists():
            return
        if Draft.objects.filter(pk=self.pk, published_at=None).update(published_at=at):
            self.refresh_from_db()
            words = f"v{self.version}"
            self.consultation.record(PlanEvent.Verb.DRAFT_PUBLISHED, by=by, words=words, at=at)


class Chapter(models.Model):
    """A chapter's identity through all versions: "Bab IV Sasaran dan Prioritas"."""

    ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="chapters")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
        ordering = ("consultation", "number")
        constraints = (models.UniqueConstraint("consultation", "number", name="chapter_number"),)

    def __str__(self) -> str:
        return f"{self.label} {self.title}"

    @property
    def label(self) -> str:
        """The way people name it, “Bab IV”; plain digits past the twelfth."""
        known = self.number < len(self.ROMAN)
        return f"Bab {self.ROMAN[self.number] if known else self.number}"


class ChapterTextQuerySet(models.QuerySet["ChapterText"]):
    """Texts of chapters by publication."""

    def published(self) -> "ChapterTextQuerySet":
        return self.filter(published_at__isnull=False)

    def current(self) -> "ChapterTextQuerySet":
        """The newest published text of each chapter, in the order of the chapters."""
        newest = (
            self.published()
            .order_by("chapter_id", "-draft__version")
            .distinct("chapter_id")
            .values("pk")
        )
        return self.model.objects.filter(pk__in=newest).order_by("chapter__number")

    def current_of(self, consultation: Consultation) -> "ChapterTextQuerySet":
        """The current texts of the chapters that are still part of its plan."""
        of_plan = self.filter(chapter__consultation=consultation, chapter__retired_at=None)
        return of_plan.current().select_related("chapter", "draft")

    def with_live_blocks(self) -> "ChapterTextQuerySet":
        """Each with the number of its blocks as `live_blocks`."""
        live = models.Q(blocks__retired_at=None)
        return self.annotate(live_blocks=models.Count("blocks", filter=live))


class ChapterText(models.Model):
    """What one draft says in one chapter. Immutable once `published_at` is set."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="texts")
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="texts")
    published_title = models.CharField(max_length=200, blank=True, editable=False)
    outline = models.JSONField(default=list, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    live_blocks: int  # from `with_live_blocks`

    objects = ChapterTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("chapter text")
        verbose_name_plural = _("chapter texts")
        ordering = ("draft", "chapter__number")
        constraints = (models.UniqueConstraint("draft", "chapter", name="one_text_per_chapter"),)

    def __str__(self) -> str:
        return f"{self.chapter} · v{self.draft.version}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def title(self) -> str:
        return self.published_title or self.chapter.title

    def refuse_if_published(self) -> None:
        """Lock this text for the running transaction; raise if it is already public."""
        locked = ChapterText.objects.select_for_update(no_key=True).get(pk=self.pk)
        if locked.is_published:
            raise AlreadyDone(_("This chapter is already public; its text can no longer change."))

    def add_blocks(
        self,
        html: str,
        *,
        by: User,
        after: BlockText | None = None,
        first: bool = False,
        at: datetime | None = None,
    ) -> list[BlockText]:
        """Sanitise `html` and insert one block per top-level element.

        They come after the given block, or `first`, or else at the end. Raises DomainError
        if nothing readable is left.
        """
        cut = markup.split_blocks(html)
        if not cut:
            raise DomainError(_("There is no text to add. Write or paste something first."))
        with transaction.atomic():
            self.refuse_if_published()
            start = self._make_room(len(cut), after, first=first)
            added = BlockText.objects.bulk_create(
                BlockText(
                    chapter_text=self,
                    block=Block.objects.create(chapter_id=self.chapter_id),
                    kind=one.kind,
                    html=one.html,
                    position=start + offset,
                )
                for offset, one in enumerate(cut)
            )
            ends = " … ".join(dict.fromkeys((added[0].opening, added[-1].opening)))
            words = f"{ends} ({len(added)})"
            self.record(PlanEvent.Verb.TEXT_ADDED, by=by, words=words, at=at)
            return added

    def _make_room(self, count: int, after: BlockText | None, *, first: bool) -> int:
        """Return the first free position; move later blocks down to open the gap."""
        if after is None and not first:
            last = self.blocks.aggregate(last=Max("position"))["last"]
            return 1 if last is None else last + 1
        before = after.position if after else 0
        self.blocks.filter(position__gt=before).update(position=F("position") + count)
        return before + 1

    def rename(self, title: str, *, by: User, at: datetime | None = None) -> None:
        """Change the chapter's title while it is still being written."""
        new, old = title.strip(), self.chapter.title
        if not new:
            raise DomainError(_("A chapter needs a title."))
        with transaction.atomic():
            self.refuse_if_published()
            self.chapter.title = new
            self.chapter.save(update_fields=["title"])
            if new != old:
                words = f"{old} → {new}"
                self.record(PlanEvent.Verb.CHAPTER_RENAMED, by=by, words=words, at=at)

    def sha256(self) -> str:
        """Digest of what the public reads: number, titles and every block, in order."""
        blocks = self.blocks.live().values_list("block_id", "kind", "html", "rendered")
        said = {
            "chapter": facts_of(self.chapter, without=("title",)),
            "outline": self.outline,
            "blocks": [[str(block), *texts] for block, *texts in blocks],
        }
        return sha256_of({**facts_of(self, without=("outline",)), **said})

    def record(
        self, verb: PlanEvent.Verb, *, by: User, words: str, at: datetime | None = None
    ) -> None:
        """Note in the consultation's history what was done to this chapter's text."""
        named = f"{self.chapter.label}: {words}"
        self.draft.consultation.record(verb, by=by, words=named, at=at)

    def publish(self, *, by: User, at: datetime | None = None) -> None:
        """Make the chapter public and final. Raises NotReady without text."""
        at = at or timezone.now()
        with transaction.atomic():
            self.draft.lock()
            self.refuse_if_published()
            self.chapter.refresh_from_db(fields=["title"])
            blocks = list(self.blocks.live())
            if not blocks:
                raise NotReady(_("This chapter has no text yet. Add text before publishing it."))
            for block in blocks:
                block.rendered = markup.render(block.kind, block.html)
            BlockText.objects.bulk_update(blocks, ["rendered"])
            self.outline = outline_of(blocks)
            self.published_title = self.chapter.title
            self.published_at = at
            self.save(update_fields=["outline", "published_title", "published_at"])
            published, words = PlanEvent.Verb.CHAPTER_PUBLISHED, str(self.chapter)
            said = {"texts": {str(self.pk): self.sha256()}}
            self.draft.consultation.record(published, by=by, words=words, at=at, evidence=said)
            self.draft.complete_if_ready(by=by, at=at)
