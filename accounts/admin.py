"""Administration of people and agencies."""

from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.errors import DomainError
from accounts.log import note
from accounts.models import Agency, Membership, User, UserEvent
from accounts.permissions import can_use_admin


class ReadOnlyMixin:
    """Nothing can be added, changed or deleted: the desk's verbs do that."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
        """People change their own address, with proof. Nobody locks themselves out: another
        administrator changes one's own role."""
        if obj is None:
            return ()
        return ("email", "role", "is_active") if obj == request.user else ("email",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are disabled: what they did stays on record."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A verb that refuses says why; nothing of the form is saved then."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person is enrolled; the name is saved, and role and activity change by verbs."""
        role, is_active, by = obj.role, obj.is_active, cast(User, request.user)
        if not change:
            obj.role, obj.is_active = User().role, User().is_active
            obj.set_unusable_password()
            User.objects.enrol(obj)
        person = User.objects.get(pk=obj.pk)
        person.change_role(role, by=by)
        person.enable(by=by) if is_active else person.disable(by=by)
        obj.save(update_fields=["name"])


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    list_display = ("short_name", "name", "kind", "valid_from", "valid_until")
    list_filter = ("kind",)
    search_fields = ("name", "short_name")

    def save_model(self, request: HttpRequest, obj: Agency, form: Any, change: bool) -> None:
        """Its last day takes its members' right to speak: on record with the other rights."""
        super().save_model(request, obj, form, change)
        line = {"agency": obj.pk, "by": request.user.pk, "fields": form.changed_data}
        transaction.on_commit(partial(note, "agency_changed", **line))


@admin.register(Membership)
class MembershipAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """Memberships begin by an invitation (`/kelola/instansi/`); they end here."""

    list_display = ("user", "agency", "role", "created_at")
    list_select_related = ("user", "agency")
    list_filter = ("role", "agency")
    search_fields = ("user__email", "user__name", "agency__name")
    fields = ("user", "agency", "role", "invited_by", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_use_admin(request.user)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        obj.end(by=cast(User, request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for member in queryset.select_related("user", "agency"):
            member.end(by=cast(User, request.user))
