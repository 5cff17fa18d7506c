"""How a list stands: its columns, filters, search and order; read from its address, and written.

An address counts the columns that it sorts by ("o=2.-1"). Here they have names, so that an order
outlives other columns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist
from django.http import QueryDict
from django.utils.text import capfirst

from core.admin import columns
from core.http import PersonRequest
from core.list_addresses import COLUMNS, OWN, VIEW

NO_FILTERS = {
    *OWN,
    ORDER_VAR,
    SEARCH_VAR,
    *("p", "e", "all", "_facets", "_popup", "_to_field", "_changelist_filters"),
}


@dataclass(frozen=True)
class ListState:
    """`columns` are None where they are the usual ones; "-name" in `sort` is descending."""

    columns: list[str] | None = None
    filters: dict[str, list[str]] = field(default_factory=dict)
    search: str = ""
    sort: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, modeladmin: Any, request: PersonRequest) -> Self:
        """Return the state of the list at the request's address (or at that of a page below it)."""
        return cls(
            columns=columns.asked(request) or None,
            filters={
                name: values
                for name, values in request.GET.lists()
                if name not in NO_FILTERS and not name.startswith("_") and any(values)
            },
            search=request.GET.get(SEARCH_VAR, ""),
            sort=[*_sorted_by(modeladmin, request)],
        )

    @classmethod
    def read(cls, kept: Any) -> Self:
        """Return the state that a row keeps as JSON; what is of no use in it is left out."""
        kept = kept if isinstance(kept, dict) else {}
        filters = kept.get("filters")
        search = kept.get("search")
        return cls(
            columns=_texts(kept.get("columns")) or None,
            filters={
                str(name): _texts(values)
                for name, values in (filters if isinstance(filters, dict) else {}).items()
            },
            search=search if isinstance(search, str) else "",
            sort=_texts(kept.get("sort")),
        )

    def kept(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return asdict(self)

    def with_columns(self, names: list[str], modeladmin: Any, request: PersonRequest) -> Self:
        """Return the state with other columns."""
        usual = [*map(columns.name_of, columns.usual(modeladmin, request))]
        return replace(self, columns=None if names == usual else names)

    def without(self, names: Collection[str]) -> Self:
        """Return the state without these filters."""
        return replace(
            self, filters={name: some for name, some in self.filters.items() if name not in names}
        )

    def query(self, modeladmin: Any, request: PersonRequest, view: str = "") -> str:
        """Return the state as the query of the list's address."""
        query = QueryDict(mutable=True)
        for name, values in self.filters.items():
            query.setlist(name, values)
        if self.search:
            query[SEARCH_VAR] = self.search
        if self.columns:
            query[COLUMNS] = ",".join(self.columns)
        if order := self._order(modeladmin, request):
            query[ORDER_VAR] = order
        if view:
            query[VIEW] = view
        return query.urlencode()

    def _order(self, modeladmin: Any, request: PersonRequest) -> str:
        """Return the order by numbers of columns; of those that are shown."""
        names = self.columns or map(columns.name_of, columns.usual(modeladmin, request))
        shown = [
            columns.name_of(column) for column in columns.chosen(modeladmin, request, [*names])
        ]
        numbers = {name: number for number, name in enumerate(shown, _first(modeladmin, request))}
        terms = ((name.startswith("-"), name.removeprefix("-")) for name in self.sort)
        return ".".join(
            f"{'-' if is_reverse else ''}{numbers[name]}"
            for is_reverse, name in terms
            if name in numbers
        )


def _first(modeladmin: Any, request: PersonRequest) -> int:
    """Return the number of the first column: 0, or 1 behind the boxes that choose rows."""
    return 1 if modeladmin.get_actions(request) else 0


def _sorted_by(modeladmin: Any, request: PersonRequest) -> Iterator[str]:
    """Yield the names of the columns that the address sorts by."""
    order = request.GET.get(ORDER_VAR, "")
    if not order:
        return
    shown, first = columns.shown(modeladmin, request), _first(modeladmin, request)
    for term in order.split("."):
        _, minus, number = term.rpartition("-")
        place = int(number) - first if number.isdecimal() and len(number) < 4 else -1
        if 0 <= place < len(shown):
            yield f"{minus}{columns.name_of(shown[place])}"


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def titles(modeladmin: Any, request: PersonRequest, filters: Mapping[str, Any]) -> dict[str, str]:
    """Return {parameter: title of its filter, in words} of those parameters that the list knows."""
    known = {}
    classes, paths = _filters(modeladmin, request)
    for name in filters:
        path = next((path for path in paths if name == path or name.startswith(f"{path}_")), "")
        if name in classes:
            known[name] = capfirst(str(classes[name].title))
        elif path:
            field = get_fields_from_path(modeladmin.model, path)[-1]
            known[name] = capfirst(str(getattr(field, "verbose_name", path)))
    return known


def _filters(modeladmin: Any, request: PersonRequest) -> tuple[dict[str, Any], list[str]]:
    """Return ({parameter: filter} of those with one parameter, the paths of those of a field)."""
    classes, paths = {}, [*filter(None, [modeladmin.date_hierarchy])]
    for entry in modeladmin.get_list_filter(request):
        if name := getattr(entry, "parameter_name", None):
            classes[name] = entry
        else:
            paths.append(entry[0] if isinstance(entry, tuple | list) else entry)
    return classes, paths


def gone(modeladmin: Any, request: PersonRequest, filters: Mapping[str, list[str]]) -> list[str]:
    """Return the names of those parameters that the list no longer knows, or not for the reader."""
    known = titles(modeladmin, request, filters)
    return [
        name
        for name, values in filters.items()
        if name not in known and not _is_lookup(modeladmin, request, name, values)
    ]


def _is_lookup(modeladmin: Any, request: PersonRequest, name: str, values: list[str]) -> bool:
    """Return whether the parameter asks for a field of the model that the list may be asked for."""
    try:
        modeladmin.opts.get_field(name.partition("__")[0])
    except FieldDoesNotExist:
        return False
    return all(modeladmin.lookup_allowed(name, value, request) for value in values)
