"""Users, the agencies they act for, their roles, and how often something was tried."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import validate_address
from accounts.errors import AlreadyDone, DomainError
from accounts.log import note


class UserManager(BaseUserManager["User"]):
    """Creates people."""

    def create_user(
        self, email: str, password: str | None = None, *, confirmed: bool = False, **fields: Any
    ) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        self.enrol(user, confirmed=confirmed)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields["role"] = User.Role.ADMINISTRATOR
        return self.create_user(email, password, confirmed=True, **fields)

    def enrol(self, user: "User", *, confirmed: bool = False) -> None:
        """Save a new person with their address, in lower case.

        Unless it is `confirmed`, the first code that they type proves that it is theirs. Raises
        AlreadyDone if somebody has the address.
        """
        user.email = user.email.strip().lower()
        taken = AlreadyDone(_("Somebody has this address already: %s.") % user.email)
        if self.of_address(user.email).exists():
            raise taken
        try:
            with transaction.atomic():
                user.save(force_insert=True)
                EmailAddress.objects.create(
                    user=user, email=user.email, verified=confirmed, primary=True
                )
        except IntegrityError as error:  # since a moment ago
            raise taken from error

    def of_address(self, email: str) -> "models.QuerySet[User]":
        """The person whose first address it is, or who has proven that it is theirs too."""
        email = email.strip().lower()
        proven = EmailAddress.objects.filter(email=email, verified=True).values("user")
        return self.filter(models.Q(email=email) | models.Q(pk__in=proven))

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """A person, known by e-mail. What they may do follows from `role` and their memberships."""

    class Role(models.TextChoices):
        RESIDENT = "resident", _("Resident")
        FIELD_OPERATOR = "field_operator", _("Field operator")
        PLANNER = "planner", _("Planner")
        LEAD_PLANNER = "lead_planner", _("Lead planner")
        OFFICIAL = "official", _("Official")
        ADMINISTRATOR = "administrator", _("Administrator")

    email = models.EmailField(_("e-mail"), unique=True, validators=[validate_address])
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.RESIDENT)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_any_case"),)

    def __str__(self) -> str:
        return self.name or self.email

    def has_confirmed(self, email: str) -> bool:
        """Whether the person has proven that the address is theirs."""
        return EmailAddress.objects.filter(
            user=self, email=email.strip().lower(), verified=True
        ).exists()

    # What administrators do -----------------------------------------------------------------

    def change_role(self, role: str, *, by: "User") -> None:
        """Give another role; the person signs in anew. Giving the same role changes nothing.

        Nobody both answers for the government and speaks for an office: see `Agency.invite`.
        """
        if role not in User.Role.values:
            raise DomainError(_("Choose one of the roles."))
        with transaction.atomic():
            before = self._lock(by).role
            member = Membership.objects.filter(user=self).select_related("agency").first()
            if role != User.Role.RESIDENT and member:
                raise DomainError(
                    _("%(person)s acts for %(agency)s. End that first, then give the role.")
                    % {"person": self, "agency": member.agency}
                )
            self._change(UserEvent.Verb.ROLE_CHANGED, by=by, text=f"{before} → {role}", role=role)

    def disable(self, *, by: "User") -> None:
        """Let the person in no more, and end their sign-ins."""
        self._change(UserEvent.Verb.DISABLED, by=by, is_active=False)

    def enable(self, *, by: "User") -> None:
        self._change(UserEvent.Verb.ENABLED, by=by, is_active=True)

    def _lock(self, by: "User") -> "User":
        """Hold both rows, always in one order: two administrators may change each other."""
        pair = (
            User.objects.select_for_update(no_key=True)
            .filter(pk__in=[self.pk, by.pk])
            .order_by("pk")
        )
        return next(user for user in pair if user.pk == self.pk)

    def _change(self, verb: str, *, by: "User", text: str = "", **fields: Any) -> None:
        with transaction.atomic():
            self._lock(by)
            changed = User.objects.filter(pk=self.pk).exclude(**fields).update(**fields)
            self.refresh_from_db(fields=list(fields))
            if not changed:
                return
            self.events.create(verb=verb, by=by, text=text)
            for session in UserSession.objects.filter(user=self):
                session.end()
            transaction.on_commit(partial(note, verb, user=self.pk, by=by.pk, text=text))

    # Signing in -----------------------------------------------------------------------------

    def get_session_auth_hash(self) -> str:
        """A sign-in is good for one password, one role and an active account."""
        return self._bound(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self._bound, super().get_session_auth_fallback_hash())

    def _bound(self, digest: str) -> str:
        words = f"{digest}:{self.role}:{self.is_active}"
        return hashlib.sha256(words.encode()).hexdigest()

    @property
    def is_administrator(self) -> bool:
        return self.is_active and self.role == self.Role.ADMINISTRATOR

    # Django's admin asks for these three names.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        return self.is_administrator

    def has_perms(self, perm_list: Any, obj: object | None = None) -> bool:
        return self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_administrator


class UserEvent(models.Model):
    """What was done to an account, by whom and when. Never edited."""

    class Verb(models.TextChoices):
        ROLE_CHANGED = "role_changed", _("Role changed")
        DISABLED = "disabled", _("Account disabled")
        ENABLED = "enabled", _("Account enabled again")
        JOINED = "joined", _("Acts for an agency")
        LEFT = "left", _("Acts for the agency no longer")

    user = models.ForeignKey(User, models.PROTECT, related_name="events")
    verb = models.CharField(max_length=20, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("event of an account")
        verbose_name_plural = _("events of an account")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Agencies as of a date."""

    def current(self) -> "AgencyQuerySet":
        today = timezone.localdate()
        not_ended = models.Q(valid_until=None) | models.Q(valid_until__gte=today)
        return self.filter(not_ended, valid_from__lte=today)

    def named(self, word: str) -> "AgencyQuerySet":
        """Those with a word that begins like this in one of their names."""
        begins = rf"\m{re.escape(word)}"
        return self.filter(models.Q(name__iregex=begins) | models.Q(short_name__iregex=begins))


class Agency(models.Model):
    """An office that speaks as a whole: provincial agency, vertical office or regency."""

    class Kind(models.TextChoices):
        PROVINCIAL = "provincial_agency", _("Provincial agency")
        VERTICAL = "central_vertical", _("Central government office in the region")
        REGENCY = "regency_gov", _("Regency or city government")

    name = models.CharField(_("name"), max_length=200, unique=True)
    short_name = models.CharField(_("short name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    region_code = models.CharField(
        _("region code"), max_length=13, blank=True, help_text=_("For a regency: 62.01 … 62.71.")
    )
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("successor")
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.short_name

    @property
    def has_ended(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    def invite(self, email: str, *, role: str, by: User) -> "Membership":
        """Let the person with this address act for the agency; they sign in by e-mailed code.

        Raises DomainError if the agency has ended, or if the person already belongs to an agency
        or works in planning.
        """
        if self.has_ended:
            raise DomainError(
                _("This agency is no longer current. Invite people to its successor.")
            )
        try:
            return self._invite(email, role, by)
        except IntegrityError as error:
            raise AlreadyDone(_("Someone else invited this person a moment ago.")) from error

    def _invite(self, email: str, role: str, by: User) -> "Membership":
        with transaction.atomic():
            user = (
                User.objects.of_address(email).select_for_update(of=("self",), no_key=True).first()
            )
            user = user or User.objects.create_user(email)
            if not user.is_active:
                raise DomainError(_("This account is disabled. Enable it first, then invite."))
            if user.role != User.Role.RESIDENT:
                raise DomainError(_("This person already has a staff role in the portal."))
            if Membership.objects.filter(user=user).exists():
                raise DomainError(_("This person already acts for an agency."))
            member = Membership.objects.create(user=user, agency=self, role=role, invited_by=by)
            member.record(UserEvent.Verb.JOINED, by=by)
            return member


class Membership(models.Model):
    """A person's right to act for one agency, as clerk or head; both may do the same."""

    class Role(models.TextChoices):
        CLERK = "clerk", _("Clerk")
        HEAD = "head", _("Head")

    user = models.OneToOneField(User, models.CASCADE, related_name="membership")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user} · {self.agency}"

    def end(self, *, by: User) -> None:
        """Let the person act for the agency no more; what they sent stays the agency's."""
        with transaction.atomic():
            deleted, _rows = Membership.objects.filter(pk=self.pk).delete()
            if deleted:
                self.record(UserEvent.Verb.LEFT, by=by)

    def record(self, verb: UserEvent.Verb, *, by: User) -> None:
        self.user.events.create(verb=verb, by=by, text=self.agency.short_name)
        line = partial(note, verb, user=self.user_id, by=by.pk, agency=self.agency_id)
        transaction.on_commit(line)


ADD = """
INSERT INTO accounts_tally (key, count, until) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN accounts_tally.until <= %s THEN excluded.count
                 ELSE greatest(accounts_tally.count + %s, 0) END,
    until = CASE WHEN accounts_tally.until <= %s THEN excluded.until
                 ELSE accounts_tally.until END
RETURNING key, count
"""


class TallyQuerySet(models.QuerySet["Tally"]):
    """Counting, each time in one statement, so that no two are ever counted as one."""

    def add(
        self, windows: dict[str, timedelta], *, by: int = 1, at: datetime | None = None
    ) -> dict[str, int]:
        """Add to the count under each key and return the counts. A window that is over begins anew.

        The keys are written in order, so that two statements cannot wait for each other.
        """
        at = at or timezone.now()
        rows: list[tuple[Any, ...]] = [
            (key, max(by, 0), at + windows[key]) for key in sorted(windows)
        ]
        statement = ADD.format(rows=", ".join(["(%s, %s, %s)"] * len(rows)))
        with connection.cursor() as cursor:
            cursor.execute(statement, [*chain.from_iterable(rows), at, by, at])
            return dict(cursor.fetchall())

    def over(self, at: datetime | None = None) -> "TallyQuerySet":
        return self.filter(until__lte=at or timezone.now())

    def use_up(self, key: str, *, at: datetime | None = None) -> bool:
        """Remove what is noted under the key; False if nothing is, or no longer."""
        removed, _rows = self.filter(key=key, until__gt=at or timezone.now()).delete()
        return bool(removed)


class Tally(models.Model):
    """How often something was tried in a window of time. The key is a digest: it names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    objects = TallyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.count} until {self.until:%Y-%m-%d %H:%M}"
