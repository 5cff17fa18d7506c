"""What the rows that the audit trail is about are called, and which rows bear a name.

Names are looked up for a page of entries at once: one query for the rows that are there, two more
where some have been deleted since (the trail says what those were called).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any, cast
from uuid import UUID

from django.db.models import Expression, F, Field, Model, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils import formats
from django.utils.dateparse import parse_date

from core.audit import changes
from core.audit.changes import NAMES
from core.models import AuditLog
from core.search import FOUND_KINDS, FUNCTIONS, containing, find, split

Key = tuple[str, UUID]  # kind and id of a row
Names = dict[Key, str]

MOST_PEOPLE = 20  # whose own rows (grades, marks, invoices...) a search looks at as well
MOST_ROWS = 2000  # of each kind


def names(logs: Sequence[AuditLog]) -> Names:
    """Return {(kind, id): name} of the rows that the entries are about, where it is known."""
    wanted = {(log.resource_type, log.resource_id) for log in logs if log.resource_type in NAMES}
    keys: set[Key] = {(kind, key) for kind, key in wanted if kind and key}
    known = _read({(kind, key): (kind, key, NAMES[kind]) for kind, key in keys})
    gone = keys - known.keys()
    return known | _names_of_deleted(gone, logs) if gone else known


def _read(wanted: Mapping[Any, tuple[str | type[Model], Any, Sequence[str]]]) -> dict[Any, str]:
    """Return {key: text} of `wanted`, {key: (kind or model, id, paths)}, in one query."""
    groups: dict[Any, dict[str, list[Any]]] = defaultdict(dict)
    for key, (kind, row_id, paths) in wanted.items():
        groups[kind, tuple(paths)].setdefault(str(row_id), []).append(key)
    parts = [
        _texts(_model(kind), list(ids), paths, number)
        for number, ((kind, paths), ids) in enumerate(groups.items())
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    listed = list(groups.items())
    names_by_row: dict[Any, str] = {}
    for number, row_id, *texts in rows:
        (_kind, paths), ids = listed[number]
        text = " – ".join(_shown(path, it) for path, it in zip(paths, texts, strict=False) if it)
        names_by_row |= dict.fromkeys(ids[row_id], text)
    return names_by_row


def _model(kind: str | type[Model]) -> type[Model]:
    """Return the model of a kind that is known, or the model itself."""
    return cast("type[Model]", changes.model_of(kind)) if isinstance(kind, str) else kind


def _most_parts() -> int:
    """Return of how many texts the longest name is made."""
    return max(len(paths) for paths in NAMES.values())


def _texts(
    model: type[Model], ids: Sequence[str], paths: Sequence[str], number: int
) -> QuerySet[Any, Any]:
    """Return a query of (number, id, a text for each path and "" up to the most that one has)."""
    texts: list[Expression] = [Cast(F(path), TextField()) for path in paths]
    texts += [Value("", TextField())] * (_most_parts() - len(texts))
    named = {f"text_{place}": text for place, text in enumerate(texts)}
    rows = model._base_manager.filter(pk__in=ids).order_by()
    rows = rows.annotate(number=Value(number), row_id=Cast("pk", TextField()), **named)
    return rows.values_list("number", "row_id", *named)


def _shown(path: str, text: str) -> str:
    day = parse_date(text) if path.endswith("_date") else None
    return formats.date_format(day, "DATE_FORMAT") if day else text


def _names_of_deleted(gone: set[Key], logs: Sequence[AuditLog]) -> Names:
    """Return {(kind, id): name} by what the trail says of rows that are no longer there."""
    deleted = {
        (log.resource_type, log.resource_id): log.changes or {}
        for log in logs
        if log.action.endswith("_deleted")
    }
    ids = [key for kind, key in gone if (kind, key) not in deleted]
    last = AuditLog.objects.filter(
        resource_type__in={kind for kind, _key in gone},
        resource_id__in=ids,
        action__endswith="_deleted",
    )
    for kind, key, values in last.values_list("resource_type", "resource_id", "changes"):
        deleted[kind, key] = values or {}
    texts: dict[Any, str] = {}
    wanted: dict[Any, tuple[type[Model], Any, list[str]]] = {}
    for kind, key in gone & deleted.keys():
        for place, path in enumerate(NAMES[kind]):
            first, _sep, rest = path.partition("__")
            field = cast("Field", _model(kind)._meta.get_field(first))
            value = (deleted[kind, key].get(field.column) or {}).get("before")
            if value and not rest:
                texts[kind, key, place] = _shown(path, str(value))
            elif value:
                model = cast("type[Model]", field.related_model)
                wanted[kind, key, place] = (model, value, [rest])
    texts |= _read(wanted)
    return {
        (kind, key): " – ".join(
            texts[kind, key, place]
            for place in range(_most_parts())
            if texts.get((kind, key, place))
        )
        for kind, key in gone & deleted.keys()
    }


# --- which entries a search means ---------------------------------------------------------------
def matching(term: str) -> Q:
    """Return the condition on the trail that a search for a record, or for who did it, means.

    Every word must stand in the record's name. The rows of a few people found (their grades, marks
    and invoices) are meant too. Ids are found first, by their indexes, and so are the entries.
    """
    words = split(term)
    if not words:
        return Q()
    by_word = find(words, list(FUNCTIONS.values()))
    ids_by_kind = {
        kind: _of_all([by_word[word, FUNCTIONS[search]] for word in words])
        for search, kind in FOUND_KINDS.items()
    }
    condition = Q(user__in=ids_by_kind["user"])
    for kind, ids in ids_by_kind.items():
        condition |= Q(resource_type=kind, resource_id__in=ids)
    for kind, ids in _further(words, ids_by_kind["user"]).items():
        condition |= Q(resource_type=kind, resource_id__in=ids)
    return condition


def _of_all(results: Sequence[list[UUID] | RawSQL]) -> list[UUID] | RawSQL:
    """Return the ids that every word found; an expression where each word finds too many."""
    lists = [set(ids) for ids in results if isinstance(ids, list)]
    return list(set.intersection(*lists)) if lists else results[0]


def _further(words: Sequence[str], people: list[UUID] | RawSQL) -> dict[str, list[UUID]]:
    """Return {kind: ids} of what the search functions do not know, in one query."""
    parts = {
        kind: _model(kind)._base_manager.filter(
            reduce(and_, (containing("name", word) for word in words))
        )
        for kind in changes.SEARCHED_BY_NAME
    }
    if isinstance(people, list) and 0 < len(people) <= MOST_PEOPLE:
        for kind in NAMES:
            model = _model(kind)
            if any(field.name == "student" for field in model._meta.concrete_fields):
                parts[kind] = model._base_manager.filter(student__in=people)
    kinds = list(parts)
    queries = [
        rows.order_by().annotate(number=Value(number)).values_list("number", "pk")[:MOST_ROWS]
        for number, rows in enumerate(parts.values())
    ]
    keys_by_kind = defaultdict(list)
    for number, key in queries[0].union(*queries[1:], all=True):
        keys_by_kind[kinds[number]].append(key)
    return keys_by_kind
