"""Users, the agencies they act for, and their roles."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import AlreadyDone, DomainError


class UserManager(BaseUserManager["User"]):
    """Creates people. E-mail addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields["role"] = User.Role.ADMINISTRATOR
        user = self.create_user(email, password, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

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

    email = models.EmailField(_("e-mail"), unique=True)
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


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Agencies as of a date."""

    def current(self) -> "AgencyQuerySet":
        today = timezone.localdate()
        not_ended = models.Q(valid_until=None) | models.Q(valid_until__gte=today)
        return self.filter(not_ended, valid_from__lte=today)


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
            user = User.objects.filter(email=email.strip().lower()).first()
            if user is None:
                user = User.objects.create_user(email)
                # Known but unproven: the first code that they type proves the address.
                EmailAddress.objects.create(user=user, email=user.email, primary=True)
            if user.role != User.Role.RESIDENT:
                raise DomainError(_("This person already has a staff role in the portal."))
            if Membership.objects.filter(user=user).exists():
                raise DomainError(_("This person already acts for an agency."))
            return Membership.objects.create(user=user, agency=self, role=role, invited_by=by)


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
