"""Administration of people and agencies."""

from django.contrib import admin

from accounts.models import Agency, Membership, User


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
