"""Administration of plan years and lists. Texts and events are for reading only."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyMixin
from accounts.fields import LineField
from accounts.models import User
from consultations.forms import changes_of
from consultations.models import (
    AffairField,
    BlockText,
    Chapter,
    ChapterText,
    Consultation,
    Draft,
    ForumSession,
    PlanCycle,
    PlanEvent,
    Priority,
    Region,
)


class PriorityInline(ReadOnlyMixin, admin.TabularInline):
    """For reading: the desk's form keeps the words that aspirations already name."""

    model = Priority
    max_num = 0


@admin.register(PlanCycle)
class PlanCycleAdmin(admin.ModelAdmin):
    list_display = ("year", "rpjmd_title", "organiser_short", "is_example")
    list_filter = ("is_example",)
    inlines = (PriorityInline,)
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.CharField: {"form_class": LineField}}

    def save_model(self, request: HttpRequest, obj: PlanCycle, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            obj.record_change(changes_of(form), by=cast(User, request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A year begins at the desk, with its priorities."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The year stands in addresses and codes: it is fixed once it exists."""
        return ("year",) if obj else ()


class ForumSessionInline(admin.TabularInline):
    model = ForumSession
    extra = 0


class PlanEventInline(ReadOnlyMixin, admin.TabularInline):
    model = PlanEvent
    fields = ("at", "verb", "by", "words")
    ordering = ("-at", "-pk")
    max_num = 0


@admin.register(Consultation)
class ConsultationAdmin(admin.ModelAdmin):
    """The introduction and the forum; dates move by the desk's verbs."""

    list_display = ("slug", "cycle", "stage", "opens_at", "closes_at")
    list_filter = ("stage", "cycle")
    list_select_related = ("cycle",)
    readonly_fields = (
        "cycle",
        "stage",
        "slug",
        "opens_at",
        "closes_at",
        "grace_until",
        "reported_at",
    )
    inlines = (ForumSessionInline, PlanEventInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PlanEvent)
class PlanEventAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("at", "consultation", "verb", "by", "words")
    list_filter = ("verb",)
    list_select_related = ("consultation__cycle", "by")


@admin.register(Draft)
class DraftAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("consultation", "version", "published_at")
    list_select_related = ("consultation__cycle",)


@admin.register(Chapter)
class ChapterAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("label", "title", "consultation")
    list_filter = ("consultation__cycle",)
    list_select_related = ("consultation__cycle",)
    search_fields = ("title",)


class BlockTextInline(ReadOnlyMixin, admin.TabularInline):
    model = BlockText
    fields = ("position", "kind", "plain", "revision", "retired_at")
    readonly_fields = ("plain", "retired_at")
    max_num = 0


@admin.register(ChapterText)
class ChapterTextAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("chapter", "draft", "published_at")
    list_filter = ("draft__consultation__cycle",)
    inlines = (BlockTextInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChapterText]:
        return super().get_queryset(request).select_related("chapter", "draft__consultation__cycle")


@admin.register(Region)
class RegionAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("code", "name", "level")
    list_filter = ("level",)
    search_fields = ("=code", "name")


@admin.register(AffairField)
class AffairFieldAdmin(admin.ModelAdmin):
    """The list comes with each release; here one may hide a field from residents."""

    list_display = ("code", "name", "is_public")
    list_editable = ("is_public",)
    readonly_fields = ("code", "name")
    search_fields = ("=code", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
