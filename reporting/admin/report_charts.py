"""A report's chart as data for Unfold's chart component (Chart.js)."""

import json
from decimal import Decimal

from django.utils import formats

# Most labels below a chart. Each bar needs its name, a line is readable with fewer.
TICKS = {"line": 12, "bar": 20}
COLORS = ["var(--color-primary-600)", "var(--color-orange-500)"]


def chart_data(drawing):
    """Return a drawing's data and options as JSON for Chart.js, by way of Unfold's component."""
    many = len(drawing.chart.series) > 1 and not drawing.chart.series[0][1]
    series = drawing.chart.series if many else drawing.chart.series[:1]
    return json.dumps(
        {
            "labels": [label for label, _numbers in drawing.points],
            "datasets": [
                {
                    "label": str(label),
                    "data": [_number(numbers[place]) for _label, numbers in drawing.points],
                    "backgroundColor": COLORS[place],
                    "borderColor": COLORS[place],
                    "displayYAxis": True,
                    "suffixYAxis": unit,
                    "maxTicksXLimit": TICKS[drawing.chart.kind],
                    # Unfold's own options draw thin bars, and the bars of a group over each other.
                    # ("barThickness": "flex" together with these makes bars without any width.)
                    "maxBarThickness": 48,
                    "grouped": True,
                    "borderRadius": 3,
                }
                for place, (label, unit) in enumerate(series)
            ],
        }
    )


def cells(drawing):
    """Return [(label, [text, one a series])] for the table beside the drawing."""
    return [
        (
            label,
            [
                _text(n, unit)
                for n, (_label, unit) in zip(numbers, drawing.chart.series, strict=True)
            ],
        )
        for label, numbers in drawing.points
    ]


def _text(value, unit):
    if value is None:
        return "–"
    exact = 1 if unit or isinstance(value, float) else -Decimal(value).as_tuple().exponent
    places = 0 if value == int(value) else exact
    number = formats.number_format(value, places, force_grouping=True)
    return f"{number} {unit}" if unit else number


def _number(value):
    return None if value is None else float(value)
