"""The rows of a report as the page shows them: sortable headers, and formatted cells."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from exchange import columns as kinds

NUMBERS = (kinds.Number, kinds.Integer)
SHORT = 24  # characters that stay on one line


@dataclass(frozen=True)
class Header:
    """One column's header. `sort` is the order that its link requests, None if not sortable."""

    label: str
    is_number: bool
    sort: str | None
    direction: str | None  # the value of aria-sort


def headers(report, sort):
    """Return the `Header`s of the page for the order `sort`."""
    sort = sort or report.order
    return [_header(report, column, sort) for column in report.shown]


def _header(report, column, sort):
    is_number = isinstance(column.kind, NUMBERS)
    if column.name not in report.sorts:
        return Header(str(column.label), is_number, None, None)
    if sort.removeprefix("-") != column.name:
        return Header(str(column.label), is_number, column.name, "none")
    if sort.startswith("-"):
        return Header(str(column.label), is_number, column.name, "descending")
    return Header(str(column.label), is_number, f"-{column.name}", "ascending")


def cells(report, rows):
    """Return the rows as lists of (text, class of its cell)."""
    shown = report.shown
    return [
        [_cell(column, value) for column, value in zip(shown, row, strict=True)] for row in rows
    ]


def _cell(column, value):
    shown = text(column, value)
    if isinstance(column.kind, NUMBERS):
        return shown, "number"
    return shown, "short" if len(shown) <= SHORT else ""


def text(column, value):
    """Return one value as formatted text; "" for no value."""
    if value is None or value == "":
        return ""
    if column.choices is not None:
        return str(dict(column.choices.choices).get(value, value))
    if isinstance(column.kind, kinds.YesNo):
        return _("yes") if value else _("no")
    if isinstance(column.kind, kinds.Moment):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(column.kind, kinds.Date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(column.kind, kinds.Time):
        return formats.time_format(value, "TIME_FORMAT")
    if isinstance(column.kind, kinds.Money) and isinstance(value, Decimal):
        return formats.number_format(value, -value.as_tuple().exponent, force_grouping=True)
    if isinstance(value, Decimal):
        number = formats.number_format(value, column.kind.places, force_grouping=True)
        return f"{number} %" if column.percent else number
    if isinstance(value, int):
        return formats.number_format(value, force_grouping=True)
    return str(value)


def query(values, sort=None, **more):
    """Return "?..." with the filters, the order and a cursor; "" without any."""
    asked = values | ({"sort": sort} if sort else {})
    asked |= {key: value for key, value in more.items() if value}
    return f"?{urlencode(asked)}" if asked else ""
