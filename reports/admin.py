"""Reports and what happened to them, for reading only: the desk's verbs change them."""

from django.contrib import admin

from accounts.admin import ReadOnlyMixin
from reports.models import Report, ReportEvent


class ReportEventInline(ReadOnlyMixin, admin.TabularInline):
    model = ReportEvent
    fields = ("at", "verb", "by", "worker", "words")
    max_num = 0


@admin.register(Report)
class ReportAdmin(ReadOnlyMixin, admin.ModelAdmin):
    list_display = ("code", "edition", "state", "requested_by", "requested_at", "released_at")
    list_filter = ("state", "edition")
    list_select_related = ("requested_by",)
    search_fields = ("code",)
    inlines = (ReportEventInline,)
