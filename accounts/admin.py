"""Administration of people and agencies."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Agency, Membership, User


class ReadOnlyMixin:
    """Nothing can be added, changed or deleted: the desk's verbs do that."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "role", "is_active")


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    list_display = ("short_name", "name", "kind", "valid_from", "valid_until")
    list_filter = ("kind",)
    search_fields = ("name", "short_name")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "agency", "role", "created_at")
    list_select_related = ("user", "agency")
    list_filter = ("role", "agency")
    autocomplete_fields = ("user", "agency")
    fields = ("user", "agency", "role")
