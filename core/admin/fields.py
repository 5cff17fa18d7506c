"""Form fields for JSON columns, so that nobody has to write JSON."""

import zoneinfo
from decimal import Decimal, InvalidOperation

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget


class GradingScaleField(forms.CharField):
    """A grading scale as lines of "letter bound"; the value is [[letter, bound], ...] or None.

    Bounds are the lowest percent that earns the letter: no two equal, the lowest 0.
    """

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 13})

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(f"{letter} {bound}" for letter, bound in value)
        return value

    def has_changed(self, initial, data):
        return self.prepare_value(initial or "") != (data or "").replace("\r", "").strip()

    def clean(self, value):
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        if not lines:
            return None
        steps = [self._step(line) for line in lines]
        bounds = [bound for _letter, bound in steps]
        if len(set(bounds)) < len(bounds):
            raise forms.ValidationError(_("Two grades have the same lower bound."))
        if min(bounds) != 0:
            raise forms.ValidationError(_("The lowest grade must start at 0."))
        steps.sort(key=lambda step: step[1], reverse=True)
        return [[letter, _number(bound)] for letter, bound in steps]

    def _step(self, line):
        letter, _space, bound = line.strip().rpartition(" ")
        try:
            percent = Decimal(bound.rstrip("%").replace(",", "."))
        except InvalidOperation:
            percent = None
        letter = letter.strip()
        is_percent = percent is not None and percent.is_finite() and 0 <= percent <= 100
        if not is_percent or not letter or len(letter) > 10:
            message = _("“%(line)s” is not a grade and a percentage, like “A- 90”.")
            raise forms.ValidationError(message % {"line": line.strip()})
        return letter, percent


def _number(value):
    """Return a Decimal as the plainest JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


class TimeZoneField(forms.ChoiceField):
    """A time zone of the IANA database."""

    def __init__(self, **kwargs):
        names = sorted(zoneinfo.available_timezones())
        widget = UnfoldAdminSelectWidget()
        super().__init__(choices=[(name, name) for name in names], widget=widget, **kwargs)


class LineItemsWidget(forms.Widget):
    """Rows of description, quantity and unit price; empty rows are left out."""

    template_name = "admin/line_items.html"
    BLANK_ROWS = 3
    COLUMNS = ("description", "quantity", "unit_price")

    class Media:
        js = ["school/line_items.js"]

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        rows = list(value or [])
        context["rows"] = rows + [{}] * self.BLANK_ROWS
        context["classes"] = " ".join(INPUT_CLASSES)
        return context

    def format_value(self, value):
        return value

    def _render(self, template_name, context, renderer=None):
        # The form renderer looks into the apps only, not into the project's templates.
        return render_to_string(template_name, context)

    def value_from_datadict(self, data, files, name):
        columns = [data.getlist(f"{name}-{column}") for column in self.COLUMNS]
        rows = [dict(zip(self.COLUMNS, row, strict=True)) for row in zip(*columns, strict=False)]
        return [row for row in rows if any(value.strip() for value in row.values())]

    def value_omitted_from_data(self, data, files, name):
        return f"{name}-description" not in data


class LineItemsField(forms.Field):
    """Line items of an invoice; the value is [{description, quantity, unit_price}] or None.

    Quantities and prices are kept as decimal strings: money is never a float.
    """

    widget = LineItemsWidget
    default_error_messages = {
        "row": gettext_lazy("Each item needs a description, a quantity and a unit price."),
        "number": gettext_lazy("“%(value)s” is not a number."),
    }

    def prepare_value(self, value):
        return value if isinstance(value, list) else []

    def has_changed(self, initial, data):
        return _comparable(initial) != _comparable(data)

    def clean(self, value):
        rows = [self._row(row) for row in value or []]
        return rows or None

    def _row(self, row):
        if not all(value.strip() for value in row.values()):
            raise forms.ValidationError(self.error_messages["row"])
        numbers = {name: self._decimal(row[name]) for name in ("quantity", "unit_price")}
        return {"description": row["description"].strip()} | numbers

    def _decimal(self, value):
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= 10**8:
            message = self.error_messages["number"]
            raise forms.ValidationError(message, params={"value": value})
        return f"{number:f}"

    @staticmethod
    def total(rows):
        """Return the sum of quantity x unit price, to the cent."""
        total = sum(Decimal(row["quantity"]) * Decimal(row["unit_price"]) for row in rows)
        return total.quantize(Decimal("0.01"))


def _comparable(rows):
    """Return rows as comparable text, whatever form their numbers were kept in."""
    columns = LineItemsWidget.COLUMNS
    return [[str(row.get(column, "")).strip() for column in columns] for row in rows or []]
