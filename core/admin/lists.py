"""Lists that stay quick when one school has a million rows.

Measured on the attendance list: a stock ModelAdmin counts every row twice, joins with INNER JOIN
(the planner then expects one row under row-level security and sorts the whole school) and asks
DISTINCT dates of all rows for its date hierarchy.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import DateTimeField, Max, Min, Model, QuerySet
from django.db.models.sql.where import WhereNode
from django.utils import dates, timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.views import ChangeList

from core.admin import chips, columns
from core.http import PersonRequest
from core.list_addresses import COLUMNS, NO_VIEW, OWN, VIEW
from core.models import SavedView
from core.models.base import Folded
from core.preferences import DEFAULT_ROWS

if TYPE_CHECKING:
    from core.admin.kinds import DateChoices

LONG = 1_000  # rows, from which on a page is found in two steps
REACHED = 10_000  # rows that the pages lead to: OFFSET reads whatever is before a page
COUNT_LIMIT = 200_000  # rows that are counted where that is cheap
CHEAP = 8_000  # by PostgreSQL's own estimate, which is 10 to 20 ms


def estimated(sql: str, params: Sequence[Any]) -> tuple[float, float]:
    """Return how many rows PostgreSQL expects of a query, and what it expects them to cost."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {sql}", params)
        [[[answer]]] = cursor.fetchall()
    return answer["Plan"]["Plan Rows"], answer["Plan"]["Total Cost"]


class CappedPaginator(Paginator):
    """Leads to REACHED rows; tells how many there are where counting them is cheap, else "10,000+".

    Filters and dates find further rows.
    """

    template_name = "core/admin/capped_pagination.html"

    def page(self, number: int | str) -> Page:
        """Return a page whose rows, of a long list, are found before anything is joined to them.

        Under row-level security PostgreSQL expects few rows of a role and joins all of them first.
        """
        page = super().page(number)
        if self.counted > LONG:
            rows = cast("QuerySet[Model]", page.object_list).values("pk")
            joined = cast("QuerySet[Model]", self.object_list).all()
            joined.query.where = WhereNode()  # asked already, and not again of what is joined
            page.object_list = joined.filter(pk__in=rows)
        return page

    @cached_property
    def counted(self) -> int:
        """The number of rows, at most one more than the limit."""
        few = self._count(REACHED)
        if few <= REACHED or not self._is_cheap:
            return few
        return self._count(COUNT_LIMIT)

    @cached_property
    def _is_cheap(self) -> bool:
        rows, cost = estimated(*self._ids(COUNT_LIMIT))
        # Where fewer rows are expected than were counted, the estimate is worth nothing.
        return rows > REACHED and cost <= CHEAP

    def _count(self, limit: int) -> int:
        try:
            sql, params = self._ids(limit)
        except EmptyResultSet:
            return 0  # no row can be what is asked for
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from ({sql}) rows", params)  # noqa: S608 - Django's
            [[count]] = cursor.fetchall()
        return count

    def _ids(self, limit: int) -> tuple[str, tuple[Any, ...]]:
        """Return the query of the rows' ids, at most one more than the limit, and its values."""
        sql, params = self._composed
        return f"{sql} limit {limit + 1}", params

    @cached_property
    def _composed(self) -> tuple[str, tuple[Any, ...]]:
        """Composed once: with the conditions of a list that takes Django longer than PostgreSQL."""
        rows = cast("QuerySet[Model]", self.object_list).order_by().values("pk")
        return rows.query.sql_with_params()

    @property
    def is_capped(self) -> bool:
        """Whether there are rows that no page leads to."""
        return self.counted > REACHED

    @property
    def total(self) -> str:
        """How many rows there are, for people."""
        limit = COUNT_LIMIT if self.is_capped and self._is_cheap else REACHED
        return f"{limit:,}+" if self.counted > limit else f"{self.counted:,}"

    @cached_property
    def count(self) -> int:
        return min(self.counted, REACHED)


def _shown_fields(model: type[Model], path: str, named: Iterable[str]) -> list[str]:
    """Return the lookups of what a list needs of the rows on a path of foreign keys.

    Of rows on the way nothing else where it names some of their fields.
    """
    fields: list[str] = []
    names = path.split("__")
    for number, name in enumerate(names, start=1):
        model = cast("type[Model]", model._meta.get_field(name).related_model)
        way = "__".join(names[:number])
        needed = getattr(model, "shown_by", None) if number == len(names) else None
        if number < len(names) and any(field.startswith(f"{way}__") for field in named):
            needed = ["id"]
        fields += [
            f"{way}__{field}" for field in needed or [f.name for f in model._meta.concrete_fields]
        ]
    return fields


class SchoolChangeList(ChangeList):
    """A change list whose date hierarchy costs one query for the first and last day, or none.

    Instead of asking which years, months and days have rows, it offers those between the first and
    the last day of the list.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django's “Select person to change” is no title: most people only look.
        self.title = capfirst(self.opts.verbose_name_plural)
        self.list_per_page: int
        self.list_display: Any
        self.list_display_links: Any
        self.sortable_by: Any
        # The template tag of Django's own hierarchy looks at this name.
        self.date_field: str | None = vars(self)["date_hierarchy"]
        self.date_hierarchy = None

    def get_queryset(self, request: PersonRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Fetch of related rows only what their names are made of, where a model says that.

        Four related rows of 20 columns each took three quarters of the time of the list's query.
        """
        more = self._choose_columns(request)
        queryset = super().get_queryset(request, *args, **kwargs)
        related = self.list_select_related
        if not isinstance(related, list | tuple) or not (related or more):
            return queryset
        related = list(dict.fromkeys([*related, *more]))
        queryset = queryset.select_related(*related)
        fields = [field.name for field in self.lookup_opts.concrete_fields]
        named = getattr(self.model_admin, "list_related_fields", ())
        for path in related:
            fields += _shown_fields(self.model, path, named)
        return queryset.only(*fields, *named)

    def _choose_columns(self, request: PersonRequest) -> list[str]:
        """Show the columns that the reader chose; return the relations that these show."""
        if COLUMNS not in self.params:
            return []
        chosen = columns.shown(self.model_admin, request)
        box = [column for column in self.list_display[:1] if column == columns.CHECKBOX]
        self.list_display = [*box, *chosen]
        if self.list_display_links and not {*self.list_display_links} & {*self.list_display}:
            self.list_display_links = chosen[:1]
        if self.sortable_by is not None:
            of_records = [c for c in chosen if getattr(c, "admin_order_field", None)]
            self.sortable_by = [*self.sortable_by, *of_records]
        return [*columns.related(self.model_admin, chosen)]

    def get_filters_params(self, params: Any = None) -> Any:
        """Return the parameters that filter: without those by which a list says how it looks."""
        params = super().get_filters_params(params)
        return {name: values for name, values in params.items() if name not in OWN}

    def get_ordering_field(self, field_name: str) -> Any:
        """Return what a column is sorted by: of a name, what people would sort it by."""
        path = super().get_ordering_field(field_name)
        if not isinstance(path, str) or path.rpartition("__")[2] != "name":
            return path
        model = get_fields_from_path(self.model, path)[-1].model
        is_kept = any(field.name == "sort_name" for field in model._meta.concrete_fields)
        return path.removesuffix("name") + "sort_name" if is_kept else path

    def get_ordering(self, request: PersonRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the order of the list; by a name as people sort it, also of small tables."""
        return [self._by_name(term) for term in super().get_ordering(request, queryset)]

    def _by_name(self, term: Any) -> Any:
        path = term.removeprefix("-") if isinstance(term, str) else ""
        if path.rpartition("__")[2] != "name":
            return term
        return Folded(path).desc() if term.startswith("-") else Folded(path).asc()

    def get_filters(self, request: PersonRequest) -> Any:
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:  # the end of the calendar
            raise IncorrectLookupParameters(error) from error

    def get_results(self, request: PersonRequest) -> None:
        if self.list_per_page == DEFAULT_ROWS:  # a list with a length of its own keeps it
            self.list_per_page = request.user.chosen.rows
        super().get_results(request)
        # Unfold's header would say “10000 results (show all)”; the foot of the page counts.
        self.full_result_count = self.result_count

    def scope(self) -> Any:
        """Return what a filter that limits the list by itself says of that, or None.

        `template` of what it returns shows it.
        """
        scopes = (spec.scope(self) for spec in self.filter_specs if hasattr(spec, "scope"))
        return next(scopes, None)

    def chips(self) -> list[tuple[str, str, str]]:
        """Return the filters that are set, with links that take each away (core.admin.chips)."""
        return chips.of_list(self)

    @property
    def plain(self) -> str:
        """The address of the list as it usually is, also for who has it open with a view."""
        return f"?{VIEW}={NO_VIEW}"

    @cached_property
    def view_name(self) -> str:
        """The name of the saved view that the address leads from, "" of none."""
        chosen = self.params.get(VIEW, NO_VIEW)
        if chosen == NO_VIEW:
            return ""
        try:
            view = SavedView.objects.filter(pk=chosen, list_name=self.opts.label_lower).first()
        except ValidationError:
            return ""
        return view.name if view else ""

    def date_choices(self) -> DateChoices | None:
        """Return {"back": link or None, "choices": [(title, link or None)]} or None.

        Links replace the date of the list's other parameters.
        """
        if not self.date_field:
            return None
        chosen = {unit: self._chosen(unit) for unit in ("year", "month", "day")}
        first, last = self._span(chosen)
        if first is None or last is None:
            return None
        if chosen["year"] is None and first.year != last.year:
            years = range(first.year, last.year + 1)
            return self._level(None, [(str(year), {"year": year}) for year in years])
        year = chosen["year"] or first.year
        if chosen["month"] is None:
            months = [
                (f"{dates.MONTHS[month]} {year}", {"year": year, "month": month})
                for month in range(1, 13)
                if (first.year, first.month) <= (year, month) <= (last.year, last.month)
            ]
            return self._level({} if chosen["year"] else None, months)
        return self._days(year, chosen["month"], chosen["day"])

    def _days(self, year: int, month: int, day: int | None) -> DateChoices:
        title = f"{dates.MONTHS[month]}"
        here = {"year": year, "month": month}
        if day is not None:
            return self._level(here, [(f"{day} {title} {year}", None)])
        length = calendar.monthrange(year, month)[1]
        days = [(f"{number} {title}", here | {"day": number}) for number in range(1, length + 1)]
        return self._level({"year": year}, days)

    def _level(
        self, back: dict[str, int] | None, choices: Iterable[tuple[str, dict[str, int] | None]]
    ) -> DateChoices:
        return {
            "back": None if back is None else self._link(back),
            "choices": [(title, parts and self._link(parts)) for title, parts in choices],
        }

    def _link(self, parts: dict[str, int]) -> str:
        units = {f"{self.date_field}__{unit}": value for unit, value in parts.items()}
        return self.get_query_string(units, [f"{self.date_field}__"])

    def _chosen(self, unit: str) -> int | None:
        try:
            number = int(self.params.get(f"{self.date_field}__{unit}", ""))
        except ValueError:
            return None
        low, high = {"year": (1, 9998), "month": (1, 12), "day": (1, 31)}[unit]
        return number if low <= number <= high else None

    def _span(self, chosen: Mapping[str, int | None]) -> tuple[date | None, date | None]:
        """Return the first and last date to offer; (None, None) when there is nothing to choose.

        A search leaves the dates out: the query that it needs takes the place of this one.
        """
        if chosen["year"]:
            return date(chosen["year"], 1, 1), date(chosen["year"], 12, 31)
        if self.query or not self.result_count:
            return None, None
        # Of all rows of the reader, not of the filtered ones: two probes of the date's index.
        span = (
            self.root_queryset.select_related(None)
            .order_by()
            .aggregate(first=Min(self.date_field), last=Max(self.date_field))
        )
        if span["first"] is None:
            return None, None
        field = get_fields_from_path(self.model, str(self.date_field))[-1]
        if isinstance(field, DateTimeField):
            first, last = (timezone.localtime(span[end]).date() for end in ("first", "last"))
            return first, last
        return span["first"], span["last"]
