"""From a refusal of the database to a sentence at the right form field.

What each constraint, trigger and key means to a person: core's own here, the other apps' in their
modules `refusals`. Every name exists in the catalog, and every constraint of the catalog that a
person can meet has a sentence; a test compares the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg.errors
from django.db import DatabaseError
from django.db.models import RestrictedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Rule = tuple["str | None", "str | StrPromise"]

# name -> (form field, or None for the whole form; sentence). `{detail}` is what the trigger said.
RULES: dict[str, Rule] = {
    "idx_tenants_subdomain": ("subdomain", gettext_lazy("Another school has this subdomain.")),
    "check_tenant_status": ("status", gettext_lazy("This status does not exist.")),
    "check_settings": ("settings", gettext_lazy("The settings must be a JSON object.")),
    "check_setting_values": (
        None,
        gettext_lazy("One of the settings has a value that it cannot have. Nothing was saved."),
    ),
    "tenants_schema_name_key": ("subdomain", gettext_lazy("Another school has this subdomain.")),
    "tenants_allow_columns": (
        None,
        gettext_lazy("Only an operator of the platform can change the subdomain or the status."),
    ),
    "tenant_domains_domain_key": ("domain", gettext_lazy("Another school has this domain.")),
    "idx_users_tenant_email": (
        "email",
        gettext_lazy("Someone at this school already has this e-mail address."),
    ),
    "idx_users_auth_id": (
        "auth_id",
        gettext_lazy("Someone at this school already has this sign-in ID."),
    ),
    "check_email_format": ("email", gettext_lazy("This is not a valid e-mail address.")),
    "check_role": ("role", gettext_lazy("This role does not exist.")),
    "check_user_status": (
        "status",
        gettext_lazy("The status must be active, suspended or archived."),
    ),
    "users_allow_columns": (
        None,
        gettext_lazy(
            "A name, e-mail address, role, status or student number is the school office's to"
            " change; ask them."
        ),
    ),
    "users_keep_role": ("role", gettext_lazy("Only an admin changes a role.")),
    "users_keep_password_version": (
        None,
        gettext_lazy("A password is set by its person or by the school's office."),
    ),
    "check_metadata": ("metadata", gettext_lazy('Write a JSON object, like {"key": "value"}.')),
    "record_value": ("metadata", gettext_lazy("This does not fit the field{detail}.")),
    "record_required": ("metadata", gettext_lazy("This is required{detail}.")),
    "idx_users_student_number": (
        "student_number",
        gettext_lazy("Another student has this number."),
    ),
    "idx_person_fields_key": (
        "key",
        gettext_lazy("Another field of these people has this key."),
    ),
    "idx_person_fields_label": (
        "label",
        gettext_lazy("Another field of these people has this label."),
    ),
    "check_person_field_role": (
        "role",
        gettext_lazy("The role must be admin, teacher, student or guardian."),
    ),
    "check_person_field_key": (
        "key",
        gettext_lazy(
            "Begin with a small letter; then small letters, digits and single underscores, like"
            " bus_line."
        ),
    ),
    "check_person_field_kind": ("kind", gettext_lazy("There is no such kind of field.")),
    "check_person_field_choices": (
        "choices",
        gettext_lazy("A choice needs its choices, one a line; other kinds have none."),
    ),
    "check_person_field_readers": ("readers", gettext_lazy("Choose who may read it.")),
    "check_person_field_label": ("label", gettext_lazy("This is required.")),
    "check_person_field_card": (
        "on_card",
        gettext_lazy("The family reads report cards: let them read the field, too."),
    ),
    "check_person_field_open": (
        "readers",
        gettext_lazy(
            "The student number stays a text and the birth date a date, and whoever sees a student"
            " reads them."
        ),
    ),
    "person_fields_keep_key": (
        "key",
        gettext_lazy("A field keeps its key and role; archive it and add another one."),
    ),
    "person_fields_in_use": (
        None,
        gettext_lazy("People have something in this field. Archive it instead; nothing is lost."),
    ),
    "person_fields_would_not_fit": (
        "kind",
        gettext_lazy("What people have in this field would not fit any more."),
    ),
    "check_preferences": (
        "preferences",
        gettext_lazy('Write a JSON object, like {"key": "value"}.'),
    ),
    "check_messages": ("messages", gettext_lazy("The messages must be a JSON list.")),
    "check_guardian_email": ("email", gettext_lazy("This is not a valid e-mail address.")),
    "check_guardian_relation": ("relation", gettext_lazy("This relation does not exist.")),
    "check_guardian_call_order": ("call_order", gettext_lazy("This is a number from 1 to 99.")),
    "idx_guardians_user": ("user", gettext_lazy("Another guardian has this account.")),
    "idx_student_guardians_pair": (
        "guardian",
        gettext_lazy("This guardian is already on the student's list."),
    ),
    "student_guardians_keep_pair": (
        "student",
        gettext_lazy("This belongs to its student and guardian; add the other pair instead."),
    ),
    "idx_year_groups_tenant_name": (
        "name",
        gettext_lazy("Another year group has this name."),
    ),
    "check_year_group_name": ("name", gettext_lazy("This is required.")),
    "idx_homerooms_tenant_name": ("name", gettext_lazy("Another homeroom has this name.")),
    "check_homeroom_name": ("name", gettext_lazy("This is required.")),
    "idx_homeroom_teachers_pair": (
        "teacher",
        gettext_lazy("This teacher leads the homeroom already."),
    ),
    "check_user_homeroom": (
        "year_group",
        gettext_lazy("Only students have a year group and a homeroom."),
    ),
    "idx_saved_views_name": (
        "name",
        gettext_lazy("You already have a view of this name for this list."),
    ),
    "check_saved_view_name": ("name", gettext_lazy("This is required.")),
    "check_saved_view_list": (None, gettext_lazy("There is no such list.")),
    "check_saved_view_state": (None, gettext_lazy("This is too much for a saved view.")),
    "idx_calendar_feeds_user": (None, gettext_lazy("You already have a calendar address.")),
}


# Columns and keys (without _id) whose form field is called otherwise.
FIELDS: dict[str, str] = {"auth": "auth_id", "homeroom_year_group": "homeroom"}


# Triggers that say themselves which column it is; the field of their rule is for when they don't.
BY_COLUMN: set[str] = {
    "person_fields_keep_key",
    "person_fields_would_not_fit",
    "record_required",
    "record_value",
}


def register(
    rules: Mapping[str, Rule],
    fields: Mapping[str, str] | None = None,
    by_column: Iterable[str] = (),
) -> None:
    """Add an app's rules {name: (field, sentence)}; each app does so in its module `refusals`.

    `fields` are columns whose form field is called otherwise, `by_column` the triggers that name
    the column.
    """
    RULES.update(rules)
    FIELDS.update(fields or {})
    BY_COLUMN.update(by_column)


@dataclass(frozen=True)
class Refusal:
    """What a person reads: a sentence, and the table, column or field it is about.

    `field` is None when it is about the whole form; `table` is the database table of the row.
    """

    message: str
    field: str | None
    table: str | None
    constraint: str | None


class RefusedByDatabase(Exception):
    """The database refused something that a person asked for; `refusal` says what, in words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@contextmanager
def explained() -> Iterator[None]:
    """Turn a refusal of the database into `RefusedByDatabase`; our own faults go on as they are."""
    try:
        yield
    except DatabaseError as error:
        refusal = explain(error)
        if refusal is None:
            raise
        raise RefusedByDatabase(refusal) from error


def rule_of(error: BaseException) -> str | None:
    """Return the name of the constraint that PostgreSQL refused something by."""
    diag = getattr(error.__cause__, "diag", None)
    return diag.constraint_name if diag is not None else None


def explain(error: BaseException) -> Refusal | None:
    """Return the `Refusal` that a DatabaseError stands for, or None when it is a fault of ours."""
    if isinstance(error, RestrictedError):
        return _restricted(error)
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    diag = getattr(cause, "diag", None)
    if diag is None:
        return None
    name, table = diag.constraint_name, diag.table_name
    if name in RULES:
        field, message = RULES[name]
        if name in BY_COLUMN:
            field = diag.column_name or field
        # The details that our triggers give. (PostgreSQL gives none for its own constraints under
        # row-level security, and otherwise they are no sentence for people.)
        detail = diag.message_detail if diag.context else None
        text = str(message).replace("{detail}", f": {detail}" if detail else "")
        return Refusal(text, field, table, name)
    if isinstance(cause, psycopg.errors.ForeignKeyViolation):
        return _foreign_key(diag)
    if isinstance(cause, psycopg.errors.NotNullViolation):
        return Refusal(_("This is required."), _field(diag.column_name), table, None)
    if isinstance(cause, psycopg.errors.NumericValueOutOfRange):
        return Refusal(_("A number is too large."), None, table, None)
    if isinstance(cause, psycopg.errors.StringDataRightTruncation):
        return Refusal(_("A text is too long."), None, table, None)
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return Refusal(_("You are not allowed to do this."), None, table, None)
    if isinstance(cause, psycopg.errors.DeadlockDetected):
        return Refusal(
            _("Somebody else changed the same at this moment; nothing was saved. Try again."),
            None,
            None,
            None,
        )
    return None


def _field(column: str | None) -> str | None:
    """The form field of a column."""
    name = (column or "").removesuffix("_id")
    return FIELDS.get(name, name) or None


def _restricted(error: RestrictedError) -> Refusal:
    """Rows that Django found to be referred to, before it asked the database."""
    models = {type(obj)._meta.verbose_name_plural for obj in error.restricted_objects}
    kinds = ", ".join(sorted(str(name) for name in models))
    message = _("This is still in use (%(kinds)s) and cannot be deleted.") % {"kinds": kinds}
    return Refusal(message, None, None, None)


def _foreign_key(diag: psycopg.errors.Diagnostic) -> Refusal:
    """A row that is still referred to, or a reference to a row that is not there."""
    if "still referenced" in (diag.message_detail or ""):
        return Refusal(
            _("This is still in use (%(table)s) and cannot be deleted.")
            % {"table": (diag.table_name or "").replace("_", " ")},
            None,
            diag.table_name,
            diag.constraint_name,
        )
    # Under row-level security PostgreSQL does not say which column it was; our keys' names do.
    name = (diag.constraint_name or "").removeprefix(f"{diag.table_name}_").removesuffix("_fk")
    return Refusal(
        _("This does not exist at your school."),
        FIELDS.get(name, name) or None,
        diag.table_name,
        diag.constraint_name,
    )
