"""Who is who: the role predicates that the other apps build on. Fail closed."""

from typing import Any, TypeGuard

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from accounts.models import Agency, Membership, User

Role = User.Role
STAFF_ROLES = frozenset({Role.PLANNER, Role.LEAD_PLANNER, Role.OFFICIAL, Role.ADMINISTRATOR})


def is_signed_in(user: Any) -> TypeGuard[User]:
    return isinstance(user, User) and user.is_active


def has_role(user: Any, *roles: str) -> bool:
    return is_signed_in(user) and user.role in roles


def is_planner(user: Any) -> bool:
    return has_role(user, Role.PLANNER, Role.LEAD_PLANNER)


def is_lead_planner(user: Any) -> bool:
    return has_role(user, Role.LEAD_PLANNER)


def is_official(user: Any) -> bool:
    return has_role(user, Role.OFFICIAL)


def is_administrator(user: Any) -> bool:
    return has_role(user, Role.ADMINISTRATOR)


def is_field_operator(user: Any) -> bool:
    return has_role(user, Role.FIELD_OPERATOR)


def is_staff_member(user: Any) -> bool:
    return has_role(user, *STAFF_ROLES)


def membership_of(user: Any) -> Membership | None:
    """The right to speak for an agency; it ends with the agency."""
    if not is_signed_in(user):
        return None
    current = Membership.objects.filter(user=user, agency__in=Agency.objects.current())
    return current.select_related("agency").first()


def agency_of(user: Any) -> Agency | None:
    membership = membership_of(user)
    return membership.agency if membership else None


def needs_second_factor(user: User) -> bool:
    """Staff must have a passkey or an authenticator app before any staff page opens."""
    if not is_staff_member(user) or is_exempt(user):
        return False
    return not is_mfa_enabled(user)


def is_exempt(user: User) -> bool:
    return not settings.PRODUCTION and user.email in settings.MFA_EXEMPT_EMAILS


def can_use_admin(user: Any) -> bool:
    return is_administrator(user) and not needs_second_factor(user)
