"""Charts of reports: a few numbers, aggregated by the database."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import formats

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Chart:
    """The chart of a report's filtered rows.

    `select` is the query, with {rows} for "from ... where ..."; its first column is the label (a
    Monday when `by_week`, the place in `labels` when given), the others are `series`, (label,
    "%" or ""). It must bound its rows itself. `period` holds when no days are asked for, and the
    filters of `without` are left out.
    """

    title: str
    kind: str  # "bar" or "line"
    heading: str
    select: str
    series: tuple
    labels: tuple = ()
    by_week: bool = False
    period: str = ""
    without: tuple = ()


@dataclass(frozen=True)
class Drawing:
    """The numbers of a chart: [(label, [number or None, one a series])], and which days they cover.

    `days` is text for people, "" when the chart covers all rows.
    """

    chart: Chart
    points: list
    days: str


def draw(report, values):
    """Return the `Drawing` of a report's chart. Inside the reader's context."""
    chart = report.chart
    asked = report.settled(report.parse(values))  # before days are added, which change the term
    asked = {key: value for key, value in asked.items() if key not in chart.without}
    if chart.period and not asked.keys() & {"from", "to", "period"}:
        asked["period"] = chart.period
    rows, params = report.rows(asked)
    with report.applied(asked), connection.cursor() as cursor:
        cursor.execute(chart.select.format(rows=rows), params)
        fetched = cursor.fetchall()
    points = [(row[0], list(row[1:])) for row in fetched]
    if chart.by_week:
        points = _every_week(dict(points), len(chart.series))
    elif chart.labels:
        points = [(str(chart.labels[place]), numbers) for place, numbers in points]
    days = next((f.describe(asked) for f in report.filters if "period" in f.keys), "")
    return Drawing(chart, points, days)


def _every_week(numbers_of, width):
    """Return the points in order, with the missing weeks between them."""
    if not numbers_of:
        return []
    first, last = min(numbers_of), max(numbers_of)
    mondays = [first + WEEK * number for number in range((last - first) // WEEK + 1)]
    nothing = [None] * width
    return [(_format(monday), numbers_of.get(monday, nothing)) for monday in mondays]


def _format(day: date):
    return formats.date_format(day, "j M Y")
