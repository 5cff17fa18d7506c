"""Collect what an import creates, changes and deletes, then write it table by table in bulk."""

import json
from collections import defaultdict

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import CharField, Value
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Cast, Concat

from academics.models import Assignment, Enrollment, Grade, SchoolClass, Submission
from core.models import User
from core.models.user import PLACEHOLDER_DOMAIN
from reporting.models import SourcedRecord

BATCH = 5_000  # rows a statement
# A row is written after what it refers to.
ORDER = [User, SchoolClass, Enrollment, Assignment, Submission, Grade]


class Writes:
    """New, changed and deleted objects, by model; each object once."""

    def __init__(self):
        self._created = defaultdict(dict)
        self._updated = defaultdict(dict)
        self._fields = defaultdict(set)
        self._deleted = defaultdict(dict)
        self._parked = set()

    def create(self, obj):
        self._created[type(obj)][obj.pk] = obj
        return obj

    def update(self, obj, values):
        """Set attributes of an object; what already has the value is left alone.

        Returns whether anything changed.
        """
        names = [name for name, value in values.items() if getattr(obj, name) != value]
        for name in names:
            setattr(obj, name, values[name])
        if names and obj.pk not in self._created[type(obj)]:
            self._updated[type(obj)][obj.pk] = obj
            self._fields[type(obj)].update(names)
        return bool(names)

    def delete(self, obj):
        self._deleted[type(obj)][obj.pk] = obj

    def park(self, user):
        """Free a person's address before another is given to them in the same import."""
        self._parked.add(user.pk)

    def apply(self, records):
        """Write everything, and the records of it.

        Raises django.db.DatabaseError where the database refuses a row.
        """
        for model in reversed(ORDER):
            if self._deleted[model]:
                model.all_objects.filter(pk__in=list(self._deleted[model])).delete()
        User.all_objects.filter(pk__in=self._parked & self._updated[User].keys()).update(
            email=Concat(Cast("pk", CharField()), Value("@" + PLACEHOLDER_DOMAIN))
        )
        for model in ORDER:
            # Changes first: a class gets its seats, and an address is free, before they are taken.
            update(model, self._updated[model].values(), self._fields[model])
            insert(model, self._created[model].values())
        update(SourcedRecord, records.updated.values(), {"resource_id", "data"})
        insert(SourcedRecord, records.created.values())


def insert(model, objects):
    """Insert new rows, a batch a statement; columns that only have a database default are left out.

    The rows go as one JSON document: bulk_create spends longer on making its SQL than PostgreSQL on
    running it.
    """
    by_columns = defaultdict(list)
    for obj in objects:
        row = _row(obj, model._meta.concrete_fields)
        by_columns[tuple(row)].append(row)
    table = connection.ops.quote_name(model._meta.db_table)
    for names, rows in by_columns.items():
        columns = ", ".join(map(connection.ops.quote_name, names))
        _execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608 - names of our own
            f" FROM json_populate_recordset(NULL::{table}, %s)",
            rows,
        )


def update(model, objects, fields):
    """Write `fields` of existing rows, a batch a statement."""
    fields = {model._meta.get_field(name) for name in fields}
    keys = [model._meta.get_field("tenant"), model._meta.pk]
    rows = [_row(obj, [*keys, *fields]) for obj in objects]
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    names = [connection.ops.quote_name(field.column) for field in fields]
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


def _execute(sql, rows):
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            cursor.execute(sql, [json.dumps(batch, cls=DjangoJSONEncoder)])
