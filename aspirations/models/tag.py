"""Tags: facets by which planners sort aspirations and reports count them."""

from collections.abc import Collection, Iterable

from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import DomainError
from accounts.models import User

FREE_NAME_LENGTH = 40
MOST_OFFERED = 100


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags by name."""

    def offered(self, *, also: Collection[str] = ()) -> "TagQuerySet":
        """Those to choose from: the fixed ones, the free ones used most, and those of the slugs."""
        free = self.filter(facet=Tag.Facet.FREE).annotate(uses=models.Count("taggings"))
        common = free.order_by("-uses", "name").values("pk")[:MOST_OFFERED]
        fixed = ~models.Q(facet=Tag.Facet.FREE)
        return self.filter(fixed | models.Q(pk__in=common) | models.Q(slug__in=also))

    def named(self, name: str) -> "Tag":
        """The tag with this name in any facet, or a new free tag."""
        name = " ".join(name.split())
        slug = slug_for(name)
        if not slug:
            raise DomainError(_("A tag's name needs at least one letter or digit."))
        if len(name) > FREE_NAME_LENGTH:
            raise DomainError(
                _("A tag's name has at most %(count)d signs. Choose a shorter one.")
                % {"count": FREE_NAME_LENGTH}
            )
        known = self.filter(models.Q(name__iexact=name) | models.Q(slug=slug)).first()
        return (
            known
            or self.get_or_create(slug=slug, defaults={"name": name, "facet": Tag.Facet.FREE})[0]
        )

    def all_named(self, names: Iterable[str]) -> list["Tag"]:
        """One for each name. New ones are made in the order of what must be unique, their slugs,
        so that no two who make the same ones at once can wait for each other in a circle.
        """
        return [self.named(name) for name in sorted(names, key=slug_for)]


def slug_for(name: str) -> str:
    """By which a tag is the same one, however its name is spelled."""
    return slugify(name)[:50]


class Tag(models.Model):
    """One value of one facet. The eight approaches are those the province names for its plan."""

    class Facet(models.TextChoices):
        APPROACH = "approach", _("Planning approach")
        THEME = "theme", pgettext_lazy("facet", "Theme")
        ACTOR = "actor", _("People concerned")
        FREE = "free", _("Free tag")

    facet = models.CharField(_("facet"), max_length=10, choices=Facet)
    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=60)
    definition = models.CharField(_("definition"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("facet", "position", "name")

    def __str__(self) -> str:
        return self.name


class TaggingQuerySet(models.QuerySet["Tagging"]):
    """Tags on aspirations."""

    def replace(
        self,
        aspiration_id: int,
        tags: Iterable[Tag],
        instead_of: Collection[int] | None = None,
        *,
        by: User,
    ) -> list[str]:
        """Make these the aspiration's tags; what changed, as `+name` and `−name`.

        `instead_of` are the keys of those that the planner had before them: what a colleague added
        or took away in the meantime stays so.
        """
        wanted = {tag.pk: tag for tag in tags}
        present = {
            tagging.tag_id: tagging.tag
            for tagging in self.filter(aspiration=aspiration_id).select_related("tag")
        }
        if instead_of is not None:
            theirs = {pk: tag for pk, tag in present.items() if pk not in instead_of}
            mine = {pk: t for pk, t in wanted.items() if pk in present or pk not in instead_of}
            wanted = theirs | mine
        added = [tag for pk, tag in wanted.items() if pk not in present]
        gone = [tag for pk, tag in present.items() if pk not in wanted]
        self.filter(aspiration=aspiration_id, tag__in=gone).delete()
        Tagging.objects.bulk_create(
            [Tagging(aspiration_id=aspiration_id, tag=tag, by=by) for tag in added]
        )
        return [f"+{tag.name}" for tag in added] + [f"−{tag.name}" for tag in gone]


class Tagging(models.Model):
    """A tag on an aspiration, put there by a planner."""

    aspiration = models.ForeignKey("Aspiration", models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="taggings")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = TaggingQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint("aspiration", "tag", name="one_tagging"),)

    def __str__(self) -> str:
        return f"{self.aspiration_id} · {self.tag_id}"
