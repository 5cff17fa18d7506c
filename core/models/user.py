"""People of a school; also the accounts that sign in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, is_password_usable
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core import offices, passwords, permissions, rls
from core import preferences as choices
from core.models.base import (
    OwnerTenantField,
    SoftDeleteModel,
    SoftDeleteQuerySet,
    TenantForeignKey,
    TenantManager,
    default,
    empty_json,
    metadata_text,
    sort_name,
)
from core.models.withheld import (
    WithheldJSONField,
    WithheldModel,
    WithheldTextField,
    WithheldUUIDField,
)

# Where people without an e-mail address get their placeholder (RFC 2606: never delivered).
PLACEHOLDER_DOMAIN = "no-email.invalid"


def is_placeholder(email: str) -> bool:
    """Return whether an address is only a placeholder: never mailed, no sign-in."""
    return email.endswith("@" + PLACEHOLDER_DOMAIN)


class UserQuerySet(SoftDeleteQuerySet["User"]):
    def admins(self) -> Self:
        return self.filter(role=User.Role.ADMIN)

    def teachers(self) -> Self:
        return self.filter(role=User.Role.TEACHER)

    def students(self) -> Self:
        return self.filter(role=User.Role.STUDENT)

    def active(self) -> Self:
        return self.filter(status=User.Status.ACTIVE)


PeopleManager = TenantManager.from_queryset(UserQuerySet)


class UserManager(BaseUserManager["User"], PeopleManager):
    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person in the current tenant; without a password they cannot sign in yet."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(WithheldModel, AbstractBaseUser, SoftDeleteModel):
    """A person of the school: admin, teacher, student or guardian."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Admin")
        # Not in the specification: parts of an admin's work (core.offices).
        REGISTRAR = "registrar", _("Registrar")
        BURSAR = "bursar", _("Bursar")
        TEACHER = "teacher", _("Teacher")
        STUDENT = "student", _("Student")
        # Not in the specification: reads the pages of their children (core.models.guardian).
        GUARDIAN = "guardian", _("Guardian")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ARCHIVED = "archived", _("Archived")

    # Not in the specification, whose accounts live in Supabase. Changes with each new password;
    # empty without one. The hash itself is a `Credential`.
    password_version = models.UUIDField(_("password"), null=True, editable=False)

    auth_id = WithheldUUIDField(
        _("sign-in ID"),
        null=True,
        blank=True,
        help_text=_("The person's number in another sign-in system."),
    )
    email = models.CharField(_("e-mail"), max_length=255)
    email_verified = models.BooleanField(_("e-mail verified"), null=True, **default(False))
    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    role = models.CharField(_("role"), max_length=50, choices=Role)
    avatar_url = models.URLField(_("picture (URL)"), max_length=500, null=True, blank=True)
    # A picture that the office uploaded (core.services.photos): its name among the school's files.
    photo = models.CharField(_("photo"), max_length=100, null=True, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=50, null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    last_login = models.DateTimeField(_("last sign-in"), null=True, blank=True, editable=False)
    # The record: what the school's fields (core.models.person_field) hold, and what OneRoster knows
    # besides. It is the office's; the columns below follow from it (core/sql/person_fields.sql).
    metadata = WithheldJSONField(_("record"), **empty_json())
    student_number = metadata_text("student_number")
    birth_date = metadata_text("birth_date")
    teacher_record = WithheldJSONField(_("record, for teachers"), editable=False, **empty_json())
    family_record = models.JSONField(_("record, for the family"), editable=False, **empty_json())
    record_text = WithheldTextField(_("record, to search"), null=True, editable=False)
    preferences = models.JSONField(_("preferences"), **empty_json())
    # Of students. The year group follows the homeroom, where there is one (core/sql/homerooms.sql).
    year_group = TenantForeignKey(
        "core.YearGroup",
        null=True,
        blank=True,
        related_name="students",
        verbose_name=_("year group"),
    )
    homeroom = TenantForeignKey(
        "core.Homeroom",
        null=True,
        blank=True,
        related_name="students",
        verbose_name=_("homeroom"),
    )

    objects = UserManager()  # type: ignore[misc,assignment]  # of people

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta(SoftDeleteModel.Meta):
        db_table = "users"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                models.F("tenant"),
                Lower("email"),
                condition=models.Q(deleted_at__isnull=True),
                name="idx_users_tenant_email",
            ),
            models.UniqueConstraint(fields=["tenant", "auth_id"], name="idx_users_auth_id"),
            models.UniqueConstraint(fields=["tenant", "id"], name="users_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(
                    email__iregex=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"
                ),
                name="check_email_format",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["admin", "registrar", "bursar", "teacher", "student", "guardian"]
                ),
                name="check_role",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "archived"]),
                name="check_user_status",
            ),
            models.CheckConstraint(
                condition=models.Q(role="student")
                | models.Q(year_group__isnull=True, homeroom__isnull=True),
                name="check_user_homeroom",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "role"], name="idx_users_tenant_role"),
            models.Index(fields=["tenant", "status"], name="idx_users_status"),
            models.Index(fields=["tenant", "sort_name", "id"], name="idx_users_tenant_name"),
            models.Index(fields=["tenant", "year_group"], name="idx_users_year_group"),
            models.Index(fields=["tenant", "homeroom"], name="idx_users_homeroom"),
        ]

    _new_password: str | None = None  # a hash that save() is to store

    shown_by = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def password(self) -> str:
        """What Django makes sessions and links by mail from: changes with the password.

        Setting it to a hash, as `set_password()` does, has `save()` store that as a `Credential`.
        """
        return self._new_password or str(self.password_version or "!")

    @password.setter
    def password(self, encoded: str) -> None:
        self._new_password = encoded

    def check_password(self, raw_password: str) -> bool:
        """Return whether it is the password; a hash that is out of date is made anew on the way.

        As that person: whoever is signing in is nobody yet, whom no policy lets save it.
        """

        def renew(raw_password: str) -> None:
            self.set_password(raw_password)
            with rls.tenant_context(rls.current_tenant(), self):
                self.save(update_fields=["password"])

        using = self._state.db or DEFAULT_DB_ALIAS
        encoded = self._new_password or passwords.stored(self.tenant_id, self.pk, using)
        return check_password(raw_password, encoded, renew)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = set(update_fields) - {"password"}
        super().save(*args, update_fields=update_fields, **kwargs)
        if self._new_password is None:
            return
        encoded: str | None = self._new_password
        self._new_password = None
        if not is_password_usable(encoded):
            encoded = None
        if encoded or self.password_version:
            self.password_version = passwords.store(
                self.pk, encoded, self._state.db or DEFAULT_DB_ALIAS
            )

    @property
    def chosen(self) -> choices.Preferences:
        """What the person chose for themselves."""
        return choices.read(self.preferences)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else self.email

    @property
    def has_placeholder_email(self) -> bool:
        """True for people without an address: never mailed, no sign-in."""
        return is_placeholder(self.email)

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # follows from the row
        return self.status == self.Status.ACTIVE and self.deleted_at is None

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    @property
    def is_office(self) -> bool:
        """Works in the office, or in a part of it."""
        return self.role in offices.OFFICE

    @property
    def is_people_office(self) -> bool:
        """Does the office's work for people, classes and marks."""
        return self.role in offices.PEOPLE_OFFICE

    @property
    def is_money_office(self) -> bool:
        """Does the office's work for money."""
        return self.role in offices.MONEY_OFFICE

    @property
    def is_teacher(self) -> bool:
        return self.role == self.Role.TEACHER

    @property
    def is_student(self) -> bool:
        return self.role == self.Role.STUDENT

    @property
    def is_guardian(self) -> bool:
        return self.role == self.Role.GUARDIAN

    @property
    def is_staff(self) -> bool:
        """May enter the admin."""
        return self.role in offices.STAFF

    def may_keep(self, role: str) -> bool:
        """Return whether accounts of a role are this person's to make and change."""
        return offices.may_keep(self.role, role)

    @property
    def has_timetable(self) -> bool:
        """Has anything to do with lessons."""
        return self.role != self.Role.BURSAR

    # Nobody stands above the policies, so nobody is a superuser.
    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and permissions.allowed(self, perm)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and permissions.any_allowed(self, app_label)

    def clean(self) -> None:
        self.email = type(self).objects.normalize_email(self.email).strip()


class Credential(models.Model):
    """The hash of a person's password (core/sql/credentials.sql).

    Read and written by the functions of the database only; core.passwords calls them.
    """

    id = models.UUIDField(primary_key=True)  # the person's
    tenant = OwnerTenantField(on_delete=models.CASCADE)
    password = models.CharField(max_length=128)

    class Meta:
        db_table = "credentials"

    def __str__(self) -> str:
        return str(self.id)
