"""Administration of people and agencies."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest

from accounts.models import Agency, Membership, User, UserEvent


class ReadOnlyMixin:
    """Nothing can be added, changed or deleted: the desk's verbs do that."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CarefulSelect(AutocompleteSelect):
    """Django's own asks the database for whatever was posted, also for words."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if str(key).isdecimal()], attr)


class UserEventInline(ReadOnlyMixin, admin.TabularInline):
    model = UserEvent
    fk_name = "user"
    fields = ("at", "verb", "text", "by")
    ordering = ("-at", "-pk")
    max_num = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "role", "is_active")
    inlines = (UserEventInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody locks themselves out: another administrator changes one's own role."""
        return ("role", "is_active") if obj == request.user else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Name and address are saved; role and activity change by their verbs, on record."""
        role, is_active = obj.role, obj.is_active
        before = User.objects.filter(pk=obj.pk).first() or User()
        obj.role, obj.is_active = before.role, before.is_active
        super().save_model(request, obj, form, change)
        by = cast(User, request.user)
        obj.change_role(role, by=by)
        obj.enable(by=by) if is_active else obj.disable(by=by)


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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        options["widget"] = CarefulSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)
