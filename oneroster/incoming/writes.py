"""Collect what an import creates, changes and deletes, then write it table by table in bulk."""

import json
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import CharField, Value
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Cast, Concat

from academics.models import (
    AcademicYear,
    Assignment,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    Term,
)
from core.models import Guardian, StudentGuardian, User
from core.models.base import stored_fields
from core.models.user import PLACEHOLDER_DOMAIN
from oneroster.models import SourcedRecord

BATCH = 5_000  # rows a statement
# A row is written after what it refers to.
ORDER = [
    User, Guardian, StudentGuardian, AcademicYear, Term, SchoolClass, Enrollment, Assignment,
    Submission, Grade,
]  # fmt: skip
# Columns that an import does not set: keys, and what the database keeps by itself.
NOT_REPORTED = {
    "id", "tenant_id", "password_version", "created_at", "updated_at", "deleted_at", "last_login",
    "enrolled_count", "attendance_rate", "current_grade",
}  # fmt: skip


class Change(NamedTuple):
    """The change of one row of a table, and the row of the bundle that caused it.

    `outcome` is created, changed or deleted; `before` and `after` are {column: value}.
    """

    obj: object
    outcome: str
    before: dict | None
    after: dict | None
    cause: object


class Writes:
    """New, changed and deleted objects, by model; each object once."""

    def __init__(self):
        self._created = defaultdict(dict)
        self._updated = defaultdict(dict)
        self._fields = defaultdict(set)
        self._deleted = defaultdict(dict)
        self._parked = set()
        self._before = defaultdict(dict)  # id -> {attribute: value} of what was changed
        self._causes = {}  # id -> the first row of the bundle that touched it

    def create(self, obj, row):
        self._created[type(obj)][obj.pk] = obj
        self._causes[obj.pk] = row
        return obj

    def update(self, obj, values, row):
        """Set attributes of an object; what already has the value is left alone.

        Returns whether anything changed.
        """
        names = [name for name, value in values.items() if getattr(obj, name) != value]
        for name in names:
            if obj.pk not in self._created[type(obj)]:
                self._before[obj.pk].setdefault(name, getattr(obj, name))
            setattr(obj, name, values[name])
        if names and obj.pk not in self._created[type(obj)]:
            self._updated[type(obj)][obj.pk] = obj
            self._fields[type(obj)].update(names)
            self._causes.setdefault(obj.pk, row)
        return bool(names)

    def delete(self, obj, row):
        self._deleted[type(obj)][obj.pk] = obj
        self._causes[obj.pk] = row

    def is_new(self, pk):
        """Return whether the import makes the row with this id."""
        return any(pk in created for created in self._created.values())

    def is_changed_by(self, row, pk):
        """Return whether `row` of the bundle was the first to change the row with this id."""
        return pk in self._before and self._causes[pk] is row

    def park(self, user):
        """Free a person's address before another is given to them in the same import."""
        self._parked.add(user.pk)

    def changes(self):
        """Yield a `Change` of every row that is written."""
        for model in ORDER:
            fields = stored_fields(model)
            for obj in self._created[model].values():
                yield Change(obj, "created", None, _reported(obj, fields), self._causes[obj.pk])
            for obj in self._updated[model].values():
                if obj.pk in self._deleted[model]:
                    continue
                before = self._before[obj.pk]
                touched = [model._meta.get_field(name) for name in before]
                after = _reported(obj, touched)
                before = {field.column: before[field.attname] for field in touched}
                differing = [name for name in after if before[name] != after[name]]
                if differing:
                    before = {name: before[name] for name in differing}
                    after = {name: after[name] for name in differing}
                    yield Change(obj, "changed", before, after, self._causes[obj.pk])
            for obj in self._deleted[model].values():
                whole = {f.column: _exact(getattr(obj, f.attname)) for f in fields}
                yield Change(obj, "deleted", whole, None, self._causes[obj.pk])

    def apply(self, records, on_table=lambda model: None):
        """Write everything, and the records of it; `on_table(model)` after each table.

        Raises django.db.DatabaseError where the database refuses a row.
        """
        for model in reversed(ORDER):
            if self._deleted[model]:
                model.all_objects.filter(pk__in=list(self._deleted[model])).delete()
        park(self._parked & self._updated[User].keys())
        for model in (Term, AcademicYear):
            update_rows(model, list(self._shrunk(model)))
        for model in ORDER:
            # Changes first: a class gets its seats, and an address is free, before they are taken.
            update(model, self._updated[model].values(), self._fields[model])
            insert(model, self._created[model].values())
            on_table(model)
        keys = ("id", "tenant_id", "resource_id", "data")
        rows = [record.columns() for record in records.updated.values()]
        update_rows(SourcedRecord, [{name: row[name] for name in keys} for row in rows])
        insert_rows(SourcedRecord, (record.columns() for record in records.created.values()))

    def _shrunk(self, model):
        """Yield changed years or terms reduced to the days that they keep.

        The database checks row by row, so each day is given up before another takes it.
        """
        for pk, obj in self._updated[model].items():
            before = {"start_date": obj.start_date, "end_date": obj.end_date} | self._before[pk]
            start = max(before["start_date"], obj.start_date)
            end = min(before["end_date"], obj.end_date)
            if (start, end) != (before["start_date"], before["end_date"]) and start <= end:
                yield {
                    "id": pk,
                    "tenant_id": obj.tenant_id,
                    "start_date": start,
                    "end_date": end,
                }


def park(users):
    """Give people (ids) temporary addresses, so that others can take theirs."""
    User.all_objects.filter(pk__in=users).update(
        email=Concat(Cast("pk", CharField()), Value("@" + PLACEHOLDER_DOMAIN))
    )


def insert(model, objects):
    """Insert new rows; columns that only have a database default are left out."""
    insert_rows(model, (_row(obj, stored_fields(model)) for obj in objects))


def insert_rows(model, rows):
    """Insert rows ({column: value}), a batch a statement.

    The rows go as one JSON document: bulk_create spends longer on making its SQL than PostgreSQL on
    running it.
    """
    by_columns = defaultdict(list)
    for row in rows:
        by_columns[tuple(row)].append(row)
    table = connection.ops.quote_name(model._meta.db_table)
    for names, group in by_columns.items():
        columns = ", ".join(map(connection.ops.quote_name, names))
        _execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608 - names of our own
            f" FROM json_populate_recordset(NULL::{table}, %s)",
            group,
        )


def update(model, objects, fields):
    """Write `fields` of existing rows, a batch a statement."""
    fields = {model._meta.get_field(name) for name in fields}
    keys = [model._meta.get_field("tenant"), model._meta.pk]
    update_rows(model, [_row(obj, [*keys, *fields]) for obj in objects])


def update_rows(model, rows):
    """Write rows ({column: value}, with id and tenant_id; all the same columns) over those here."""
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    names = [connection.ops.quote_name(n) for n in rows[0] if n not in ("id", "tenant_id")]
    assignments = ", ".join(f"{name} = n.{name}" for name in names)
    _execute(
        f"UPDATE {table} t SET {assignments}"  # noqa: S608 - names of our own
        f" FROM json_populate_recordset(NULL::{table}, %s) n"
        " WHERE t.tenant_id = n.tenant_id AND t.id = n.id",
        rows,
    )


def _row(obj, fields):
    """Return {column: value} of an object, without what the database is to fill in."""
    values = {field.column: getattr(obj, field.attname) for field in fields}
    return {name: v for name, v in values.items() if not isinstance(v, DatabaseDefault)}


def _exact(value):
    """Return a datetime as text with microseconds; Django's JSON encoder cuts them."""
    return value.isoformat() if isinstance(value, datetime) else value


def _reported(obj, fields):
    row = _row(obj, fields)
    return {name: value for name, value in row.items() if name not in NOT_REPORTED}


def _execute(sql, rows):
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            cursor.execute(sql, [json.dumps(batch, cls=DjangoJSONEncoder)])
