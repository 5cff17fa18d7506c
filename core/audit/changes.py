"""The audit trail in the school's words: kinds, actions, and what changed from what to what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from core.models import AuditLog

# The first argument of app.watch() in the sql files -> the model.
KINDS = {
    "tenant": "core.Tenant",
    "tenant_domain": "core.Domain",
    "user": "core.User",
    "conversation": "core.Conversation",
    "person_field": "core.PersonField",
    "guardian": "core.Guardian",
    "student_guardian": "core.StudentGuardian",
    "year_group": "core.YearGroup",
    "homeroom": "core.Homeroom",
    "homeroom_teacher": "core.HomeroomTeacher",
    "mail": "core.Mail",
    "calendar_feed": "core.CalendarFeed",
    "saved_view": "core.SavedView",
}
# Audit kind -> what its rows are called by. What a conversation is about is its owner's alone.
NAMES = {
    "tenant": ["name"],
    "tenant_domain": ["domain"],
    "user": ["name"],
    "person_field": ["label"],
    "guardian": ["name"],
    "student_guardian": ["student__name", "guardian__name"],
    "year_group": ["name"],
    "homeroom": ["name"],
    "homeroom_teacher": ["homeroom__name", "teacher__name"],
    "calendar_feed": ["user__name"],
    "saved_view": ["name"],
    "conversation": ["user__name"],
    "mail": ["address"],
}
# Kinds of few rows, which the search of the trail finds by their names.
SEARCHED_BY_NAME = ["guardian"]


def register(
    kinds: Mapping[str, tuple[str, list[str]]], searched_by_name: Iterable[str] = ()
) -> None:
    """Add an app's kinds {kind: (label of the model, paths to what its rows are called by)}.

    Each app does so in its module `audited`.
    """
    for kind, (label, paths) in kinds.items():
        KINDS[kind], NAMES[kind] = label, paths
    SEARCHED_BY_NAME.extend(searched_by_name)


Names = dict[tuple[object, str], str]  # of rows, by model and id
RECORD = ("core.User", "metadata")  # the column whose content is shown field by field

VERBS = {
    "created": gettext_lazy("created"),
    "updated": gettext_lazy("changed"),
    "deleted": gettext_lazy("deleted"),
}


@dataclass
class Change:
    """One column: its name in the school's words, and both values as text (None: no value)."""

    label: str
    before: str | None
    after: str | None


@dataclass
class Entry:
    """One audit entry, ready to be read."""

    log: AuditLog
    title: str
    url: str | None
    changes: list[Change] = field(default_factory=list)


def model_of(kind: str | None) -> type[models.Model] | None:
    """Return the model of an audit kind, or None when it is unknown."""
    return apps.get_model(KINDS[kind]) if kind in KINDS else None


def kind_of(model: type[models.Model]) -> str | None:
    """Return the audit kind of a model, or None when its table is not watched."""
    return {label: kind for kind, label in KINDS.items()}.get(model._meta.label)


def kind_name(kind: str | None) -> str:
    model = model_of(kind)
    return capfirst(str(model._meta.verbose_name)) if model else (kind or "")


def action_name(log: AuditLog) -> str:
    """Return "Person changed" for "user_updated"; an action that no trigger wrote as it is."""
    kind, _sep, verb = log.action.rpartition("_")
    if kind != log.resource_type or verb not in VERBS:
        return log.action
    return f"{kind_name(kind)} {VERBS[verb]}"


def columns(log: AuditLog, limit: int = 4) -> str:
    """Return the names of the changed columns in a few words."""
    model = model_of(log.resource_type)
    names = [_label(_field(model, column), column) for column in sorted(log.changes or {})]
    more = len(names) - limit
    shown = ", ".join(names[:limit])
    return f"{shown} + {more}" if more > 0 else shown


def link(log: AuditLog) -> str | None:
    """Return the admin's address of the row that the entry is about, or None."""
    model = model_of(log.resource_type)
    if model is None or log.resource_id is None:
        return None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    try:
        return reverse(name, args=[quote(log.resource_id)])
    except NoReverseMatch:
        return None


def readable(logs: Iterable[AuditLog]) -> list[Entry]:
    """Return the entries of audit rows; the names in them are looked up together."""
    logs = list(logs)
    names = _names(logs)
    if any(RECORD[1] in (log.changes or {}) for log in logs if log.resource_type == "user"):
        names |= _record_labels()
    return [Entry(log, action_name(log), link(log), _changes(log, names)) for log in logs]


def _changes(log: AuditLog, names: Names) -> list[Change]:
    model = model_of(log.resource_type)
    result = []
    for column, change in sorted((log.changes or {}).items()):
        values = change if isinstance(change, dict) else {"after": change}
        if model is not None and (model._meta.label, column) == RECORD:
            result += of_record(values.get("before"), values.get("after"), names)
            continue
        column_field = _field(model, column)
        before, after = (
            _text(column_field, values.get(side), names) for side in ("before", "after")
        )
        result.append(Change(_label(column_field, column), before, after))
    return result


def of_record(before: Any, after: Any, names: Names) -> list[Change]:
    """Return the fields of a person's record that differ, each by its label."""
    sides = [_spread(before), _spread(after)]
    keys = [key for key in {**sides[0], **sides[1]} if sides[0].get(key) != sides[1].get(key)]
    return [
        Change(
            names.get((RECORD, key)) or capfirst(key.replace("_", " ")),
            *(_record_text(side.get(key)) for side in sides),
        )
        for key in keys
    ]


def _spread(record: Any) -> dict[str, Any]:
    """Return {key: value} of a record, with what is kept apart of it (core.records) beside it."""
    if not isinstance(record, dict):
        return {}
    apart = record.get("_imported")
    kept = {key: value for key, value in record.items() if key != "_imported"}
    return (apart if isinstance(apart, dict) else {}) | kept


def _record_text(value: Any) -> str | None:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_record_text(it) or '–'}" for key, it in value.items()) or None
    if isinstance(value, list):
        return ", ".join(filter(None, map(_record_text, value))) or None
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return None if value is None or value == "" else str(value)


def _record_labels() -> Names:
    """Return {(RECORD, key): label} of the fields of the school, archived ones too."""
    fields = apps.get_model("core.PersonField")._base_manager.values_list("key", "label")
    return {(RECORD, key): label for key, label in fields}


def _field(model: type[models.Model] | None, column: str) -> models.Field | None:
    """Return the model's field that is kept in `column`, or None."""
    if model is None:
        return None
    for candidate in model._meta.concrete_fields:
        if candidate.column == column:
            return candidate
    return None


def _label(column_field: models.Field | None, column: str) -> str:
    if column_field is None:
        return column.replace("_", " ").capitalize()
    return capfirst(str(column_field.verbose_name))


def _text(column_field: models.Field | None, value: Any, names: Names) -> str | None:
    """Return a value of the trail as a person would write it; None for no value."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict | list):
        return json.dumps(value, indent=2, ensure_ascii=False)
    if column_field is None:
        return str(value)
    if column_field.is_relation:
        return names.get((column_field.related_model, str(value)), str(value))
    if column_field.choices:
        return str(dict(column_field.flatchoices).get(value, value))
    return _date_text(column_field, value)


def _date_text(column_field: models.Field, value: Any) -> str:
    if not isinstance(column_field, models.DateField):
        return str(value)
    try:
        moment = column_field.to_python(value)
    except ValidationError:
        return str(value)
    if isinstance(column_field, models.DateTimeField):
        return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return formats.date_format(moment, "DATE_FORMAT")


def _names(logs: Iterable[AuditLog]) -> Names:
    """Return {(model, id): name} of every row that the changes refer to, one query a model."""
    wanted: dict[type[models.Model], set[str]] = {}
    for log in logs:
        model = model_of(log.resource_type)
        for column, change in (log.changes or {}).items():
            column_field = _field(model, column)
            if column_field is None or not column_field.is_relation:
                continue
            ids = wanted.setdefault(cast("type[models.Model]", column_field.related_model), set())
            sides = map(change.get, ("before", "after")) if isinstance(change, dict) else ()
            ids |= {value for value in sides if value is not None}
    return {
        (model, str(row.pk)): str(row) for model, ids in wanted.items() for row in _rows(model, ids)
    }


def _rows(model: type[models.Model], ids: Collection[str]) -> Iterable[models.Model]:
    """Return the rows, with the relations that what they are called by goes across."""
    paths = NAMES.get(kind_of(model) or "", [])
    related = {first for first, across, _rest in (path.partition("__") for path in paths) if across}
    return model._base_manager.filter(pk__in=ids).select_related(*related)
