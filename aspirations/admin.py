"""Administration of tags. Aspirations, events and answers are for reading only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyMixin
from aspirations.models import Aspiration, Author, Delivery, Event, Response, Tag


class AuthorInline(ReadOnlyMixin, admin.StackedInline):
    """Who said it, and what they agreed to."""

    model = Author
    exclude = ("search_vector", "salt")


@admin.register(Aspiration)
class AspirationAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """The original, its author and where it stands; the receipt's digests are nobody's business."""

    list_display = ("code", "consultation", "chapter", "moderation", "disposition", "submitted_at")
    list_filter = ("moderation", "disposition", "channel", "stakeholder_group", "consultation")
    list_select_related = ("consultation__cycle", "chapter")
    search_fields = ("code",)
    show_full_result_count = False
    exclude = ("search_vector",)
    inlines = (AuthorInline,)


@admin.register(Event)
class EventAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """The record, newest first."""

    list_display = ("pk", "consultation", "aspiration", "verb", "by", "at")
    list_filter = ("verb", "consultation")
    list_select_related = ("consultation__cycle", "aspiration", "by")
    search_fields = ("aspiration__code",)
    ordering = ("-at", "-pk")
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """What was sent, what waits, and what never will be; not to whom."""

    list_display = (
        "pk",
        "event__aspiration",
        "event__verb",
        "channel",
        "due_at",
        "attempts",
        "ended_at",
        "outcome",
        "failure",
        "again_by",
    )
    list_filter = ("channel", "outcome")
    list_select_related = ("event__aspiration", "again_by")
    exclude = ("address",)
    show_full_result_count = False


@admin.register(Response)
class ResponseAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """Every answer ever given, superseded ones too."""

    list_display = ("aspiration", "disposition", "by", "at", "superseded_at")
    list_filter = ("disposition",)
    list_select_related = ("aspiration", "by")
    search_fields = ("aspiration__code",)
    show_full_result_count = False


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    """A planner's own wording stays; tags in use cannot be deleted."""

    list_display = ("name", "facet", "definition", "position")
    list_filter = ("facet",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).order_by("facet", "position", "name")
