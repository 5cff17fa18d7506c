"""People and what the school keeps about its work, as files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import records, rls
from core.models import AuditLog, Homeroom, Mail, PersonField, User, YearGroup
from exchange import record_columns
from exchange.admin import guardian_resources as guardian_resources  # registers them, too
from exchange.columns import Choice, Column, Email, Moment, Reference, Text, YesNo
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
    year_group = Column(
        "year_group",
        gettext_lazy("Year group"),
        Reference("name", gettext_lazy("There is no year group called “%(text)s”.")),
        synonyms=["Year", "Grade level", "Level", "Jahrgang", "Curso", "Niveau"],
    )
    homeroom = Column(
        "homeroom",
        gettext_lazy("Homeroom"),
        Reference("name", gettext_lazy("There is no homeroom called “%(text)s”.")),
        synonyms=["Form", "Tutor group", "Home room", "Klasse", "Grupo", "Classe"],
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

    # A name may come of its parts, and the record is one column of the table.
    completes = ("metadata", "name", "year_group", "homeroom")
    stands_in = {"student_number": ["record_student_number"]}
    # Of the school's homerooms, where the file has groups: a few dozen.
    years_of_rooms: Mapping[UUID | None, UUID] = {}

    class Meta:
        model = User

    @cached_property
    def record_fields(self) -> list[PersonField]:
        """The fields of the school's records that whoever is asking may read."""
        return list(records.fields()) if rls.current().tenant_id else []

    @cached_property
    def all_columns(self) -> list[Column]:
        return [*super().columns(), *record_columns.of_records(self.record_fields)]

    def columns(self) -> list[Column]:
        return self.all_columns

    def complete(
        self, instance: User, values: dict[str, Any], is_new: bool, changed: Collection[str] | bool
    ) -> None:
        """Take over the record, and make the name of its parts where the file has none."""
        self._follow_group(instance, changed)
        mine = {field.key: field for field in self.record_fields if field.role == instance.role}
        new = self._new_record(values, mine)
        if not is_new and not new:
            return
        metadata = records.changed(instance.metadata, new)
        if metadata != (instance.metadata or {}):
            instance.metadata = metadata
        missing = [field for field in mine.values() if field.is_required]
        missing = [field for field in missing if field.key not in metadata]
        if missing and is_new:
            sentence = _("A new row needs “%(label)s”.")
            raise ValidationError({f.name: sentence % {"label": f.label} for f in missing})
        if not values.get("name") and ({*new} & {*records.PARTS}):
            made = records.display_name(metadata, records.name_style())
            instance.name = made or instance.name

    def _new_record(self, values: dict[str, Any], mine: dict[str, PersonField]) -> dict[str, Any]:
        """Return {key: value, or None to empty it}; refuses what the role does not have."""
        new, errors = {}, {}
        for column in self.present:
            name = column.attribute
            if not column.is_loose or (values[name] is None and name not in self.cleared):
                continue
            key = name.removeprefix("record_")
            if key not in mine:
                errors[name] = _("People of this role have no such field.")
            elif values[name] is None and mine[key].is_required:
                errors[name] = _("This is required.")
            else:
                new[key] = records.stored(mine[key].kind, values[name])
        if errors:
            raise ValidationError(errors)
        return new

    def _follow_group(self, instance: User, changed: Collection[str] | bool) -> None:
        """Do what the database would (core/sql/homerooms.sql), so that it is shown and undone."""
        if changed is True:
            changed = ("homeroom",) if instance.homeroom_id else ()
        year = self.years_of_rooms.get(instance.homeroom_id)
        if "homeroom" in changed and year:  # type: ignore[operator]  # True is handled above
            instance.year_group_id = year
        elif "year_group" in changed and instance.year_group_id != year:  # type: ignore[operator]
            instance.homeroom_id = None

    def prepare(self, piece: Piece) -> None:
        rows = people(piece.texts("email"))
        self.existing = {user.email.lower(): user for user in rows}
        if {"year_group", "homeroom"} & {*piece.names}:
            rooms = list(Homeroom.objects.all())
            self.known("homeroom", rooms)
            self.known("year_group", YearGroup.objects.all())
            self.years_of_rooms = {room.pk: room.year_group_id for room in rooms}

    def find(self, values: dict[str, Any]) -> User | None:
        return self.existing.get(values["email"].lower())

    def key(self, values: dict[str, Any], instance: User | None) -> str:
        return values["email"].lower()

    def check(self, instance: User, values: dict[str, Any], is_new: bool) -> None:
        self._check_groups(instance, values)
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

    @staticmethod
    def _check_groups(instance: User, values: dict[str, Any]) -> None:
        """Refuse groups of people who are no students, and a homeroom of another year group."""
        year, room = values.get("year_group"), values.get("homeroom")
        if not instance.is_student and (year or room):
            name = "year_group" if year else "homeroom"
            raise ValidationError({name: _("Only students have a year group and a homeroom.")})
        if year and room and room.year_group_id != year.pk:
            sentence = _("“%(room)s” is a homeroom of another year group.")
            raise ValidationError({"homeroom": sentence % {"room": room}})


# What was changed has no other name that lasts.
register(AuditLog)(plain_resource(AuditLog, ids=["resource_id"]))
register(LogEntry)(plain_resource(LogEntry, without=["object_id"]))
register(Export)(plain_resource(Export, without=["selection"]))
register(Mail)(plain_resource(Mail, without=["params"]))
