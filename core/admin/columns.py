"""The columns of a list: those it has by itself, and those that its reader chooses.

What was chosen stands in the list's address, in its order: `?_columns=name,phone`. A ModelAdmin
offers more by `more_columns`; what the reader may not read is never among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field
from django.utils.text import capfirst

from core.http import PersonRequest
from core.list_addresses import COLUMNS
from core.models.withheld import is_withheld

CHECKBOX = "action_checkbox"


def name_of(column: Any) -> str:
    """Return the name of an entry of `list_display`, which is a name or a function of the row."""
    return column if isinstance(column, str) else column.__name__


def heading(modeladmin: Any, column: Any) -> str:
    """Return what stands above a column."""
    return capfirst(str(label_for_field(column, modeladmin.model, modeladmin)))


def usual(modeladmin: Any, request: PersonRequest) -> list[Any]:
    """Return the columns that the list has where nobody chose."""
    return [column for column in modeladmin.get_list_display(request) if column != CHECKBOX]


def offered(
    modeladmin: Any, request: PersonRequest, names: Collection[str] | None = None
) -> dict[str, Any]:
    """Return {name: column} of all that the reader may choose, the usual ones first.

    With `names` others may be missing: they need not be looked for.
    """
    columns = [
        *usual(modeladmin, request),
        *filter(may_read(modeladmin), modeladmin.get_more_columns(request, names)),
    ]
    return {name_of(column): column for column in columns}


def may_read(modeladmin: Any) -> Any:
    """Return the function that says whether the reader may read a column of these rows."""
    connection = connections[DEFAULT_DB_ALIAS]

    def may(column: Any) -> bool:
        field = field_of(modeladmin, column)
        return field is None or not is_withheld(field, connection)

    return may


def field_of(modeladmin: Any, column: Any) -> Field | None:
    """Return the field of the model that a column shows as it is, or None."""
    if not isinstance(column, str):
        return None
    try:
        field = modeladmin.opts.get_field(column)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def asked(request: PersonRequest) -> list[str]:
    """Return the names of columns in the list's address, each once."""
    text = request.GET.get(COLUMNS, "")
    return list(dict.fromkeys(filter(None, text.split(","))))


def chosen(modeladmin: Any, request: PersonRequest, names: Collection[str]) -> list[Any]:
    """Return the columns called `names`, as far as the reader may have them, in that order.

    Fields that are changed in the list stay in it: what a form does not show it would empty. Where
    nothing is left of the names, the usual columns are returned.
    """
    known = offered(modeladmin, request, names)
    columns = [known[name] for name in names if name in known]
    if not columns:
        return usual(modeladmin, request)
    return [*columns, *(c for c in modeladmin.list_editable if c in known and c not in columns)]


def shown(modeladmin: Any, request: PersonRequest) -> list[Any]:
    """Return the columns of the list at the request's address."""
    names = asked(request)
    return chosen(modeladmin, request, names) if names else usual(modeladmin, request)


def related(modeladmin: Any, columns: Collection[Any]) -> Iterator[str]:
    """Yield the names of the columns that show another row, which has to be fetched, too."""
    for column in columns:
        field = field_of(modeladmin, column)
        if field is not None and field.remote_field:
            yield field.name
