"""Making one of two records of a student, and taking it back (academics/sql/merging.sql)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from academics.models import StudentMerge
from core.constraints import RefusedByDatabase, explained
from core.models import User

# Of which one chooses whose value stays; of the record (metadata) field by field.
COLUMNS = ("name", "email", "phone", "metadata", "homeroom_id", "year_group_id")


@dataclass
class Preview:
    """What a merge would do: [(rows of what, how many)] that move, and that go; or why not."""

    moved: list[tuple[str, int]] = field(default_factory=list)
    removed: list[tuple[str, int]] = field(default_factory=list)
    refusal: str = ""


class _Tried(Exception):
    """Ends the savepoint of a preview."""


def preview(*, kept: User, merged: User, values: Mapping[str, Any]) -> Preview:
    """Merge in a savepoint that is rolled back, and return what it did."""
    result = Preview()
    try:
        with explained(), transaction.atomic():
            made = merge(kept=kept, merged=merged, values=values)
            result.moved = _counts({part["table"]: len(part["ids"]) for part in made.moved})
            result.removed = _counts(Counter(part["table"] for part in made.removed))
            raise _Tried
    except _Tried:
        pass
    except RefusedByDatabase as error:
        result.refusal = str(error)
    finally:
        kept.refresh_from_db()
    return result


def _counts(by_table: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return [(what the rows of a table are called, how many)]."""
    names = {model._meta.db_table: model._meta.verbose_name_plural for model in apps.get_models()}
    return [(str(names[table]), count) for table, count in by_table.items()]


@transaction.atomic
def merge(*, kept: User, merged: User, values: Mapping[str, Any]) -> StudentMerge:
    """Move what is the merged student's to the kept one, whose chosen `values` are {column: value}.

    The merged record is deleted. Raises DatabaseError by a rule, and then nothing is changed.
    """
    before = {name: _plain(getattr(kept, name)) for name in COLUMNS}
    key = uuid.uuid4()
    with connection.cursor() as cursor:
        # The merged one is deleted by that, so that the kept one can have its e-mail and number.
        cursor.execute("CALL app.merge_students(%s, %s, %s)", [key, kept.pk, merged.pk])
    _write(kept, {name: value for name, value in values.items() if getattr(kept, name) != value})
    kept.refresh_from_db()  # the name follows its parts, the year group the homeroom
    made = StudentMerge.objects.get(pk=key)
    made.changes = {
        name: [old, _plain(getattr(kept, name))]
        for name, old in before.items()
        if old != _plain(getattr(kept, name))
    }
    made.save(update_fields=["changes"])
    return made


@transaction.atomic
def undo(merge: StudentMerge) -> None:
    """Take a merge back.

    Raises ValidationError where the kept record was changed since, DatabaseError where what moved
    was.
    """
    merge = StudentMerge.objects.get(pk=merge.pk)
    kept = User.objects.get(pk=merge.kept_id)
    # Of one that is undone already the values are older than what is there now.
    changes = {} if merge.undone_at else merge.changes
    for name, (_before, after) in changes.items():
        if _plain(getattr(kept, name)) != after:
            raise ValidationError(
                _("%(name)s was changed since the merge: %(field)s.")
                % {"name": kept, "field": _label(name)}
            )
    _write(kept, {name: before for name, (before, _after) in changes.items()})
    with connection.cursor() as cursor:
        cursor.execute("CALL app.undo_merge(%s)", [merge.pk])


def _label(name: str) -> str:
    return str(next(f for f in User._meta.concrete_fields if f.attname == name).verbose_name)


def _write(person: User, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(person, name, value)
    if values:
        person.save(update_fields=list(values))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return str(value) if isinstance(value, uuid.UUID) else value
