"""People and what the school keeps about its work, as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import AuditLog, Mail, User
from exchange.admin import guardian_resources as guardian_resources  # registers them, too
from exchange.columns import Choice, Column, Email, Moment, Text, YesNo
from exchange.imports.resource import ImportResource
from exchange.models import Export
from exchange.resources import plain_resource, register

if TYPE_CHECKING:
    from exchange.imports.resource import Piece

EMAIL_HEADERS = [
    "Mail",
    "E-mail address",
    "Username",
    "E-Mail-Adresse",
    "Correo electrónico",
    "Correo",
    "Adresse e-mail",
    "Courriel",
]


def people(emails: Iterable[str]) -> QuerySet[User]:
    """Return the people of the school with these e-mail addresses (lower case)."""
    return User.objects.annotate(lower_email=Lower("email")).filter(lower_email__in=emails)


@register(User)
class UserResource(ImportResource):
    """People, identified by their e-mail address in any case."""

    email = Column(
        "email", gettext_lazy("E-mail"), Email(), required=True, key=True, synonyms=EMAIL_HEADERS
    )
    name = Column(
        "name",
        gettext_lazy("Name"),
        Text(255),
        needed=True,
        synonyms=["Full name", "Display name", "Vollständiger Name", "Nombre completo", "Nom"],
        example="Ana Ruiz",
    )
    role = Column(
        "role",
        gettext_lazy("Role"),
        Choice(User.Role),
        needed=True,
        example="student",  # whoever uploads the template as it is makes no admin
        synonyms=["User type", "Account type", "Rolle", "Rol", "Rôle"],
    )
    status = Column(
        "status",
        gettext_lazy("Status"),
        Choice(User.Status),
        synonyms=["Account status", "Estado", "Statut"],
    )
    phone = Column(
        "phone",
        gettext_lazy("Phone"),
        Text(50),
        synonyms=["Phone number", "Telephone", "Mobile", "Telefon", "Teléfono", "Téléphone"],
    )
    avatar_url = Column(
        "avatar_url",
        gettext_lazy("Picture (URL)"),
        Text(500),
        synonyms=["Photo", "Photo URL", "Avatar"],
    )
    email_verified = Column(
        "email_verified", gettext_lazy("E-mail verified"), YesNo(), readonly=True
    )
    last_login = Column("last_login", gettext_lazy("Last sign-in"), Moment(), readonly=True)
    created_at = Column("created_at", gettext_lazy("Created"), Moment(), readonly=True)

    class Meta:
        model = User

    def prepare(self, piece: Piece) -> None:
        rows = people(piece.texts("email"))
        self.existing = {user.email.lower(): user for user in rows}

    def find(self, values: dict[str, Any]) -> User | None:
        return self.existing.get(values["email"].lower())

    def key(self, values: dict[str, Any], instance: User | None) -> str:
        return values["email"].lower()

    def check(self, instance: User, values: dict[str, Any], is_new: bool) -> None:
        if self.by is None:
            return
        if not is_new and not self.by.may_keep(instance.role):
            raise ValidationError({"email": _("Only an admin changes this account.")})
        wanted = values.get("role") or instance.role
        if not self.by.may_keep(wanted) or (
            not is_new and wanted != instance.role and not self.by.is_admin
        ):
            raise ValidationError({"role": _("Only an admin gives somebody this role.")})
        if instance.pk != self.by.pk:
            return
        for name in ("role", "status"):
            if values.get(name) and values[name] != getattr(self.by, name):
                raise ValidationError({name: _("You cannot change this about yourself.")})


# What was changed has no other name that lasts.
register(AuditLog)(plain_resource(AuditLog, ids=["resource_id"]))
register(LogEntry)(plain_resource(LogEntry, without=["object_id"]))
register(Export)(plain_resource(Export, without=["selection"]))
register(Mail)(plain_resource(Mail, without=["params"]))
