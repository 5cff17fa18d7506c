"""The form field of an invoice's line items, instead of JSON."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy

from core import numbers, reading
from core.admin.rows import RowColumn, RowsField
from core.rounding import half_up


class LineItemsField(RowsField):
    """Line items of an invoice; the value is [{description, quantity, unit_price}] or None.

    Quantities and prices are kept as decimal strings: money is never a float.
    """

    columns = (
        RowColumn("description", gettext_lazy("Description")),
        RowColumn("quantity", gettext_lazy("Quantity"), is_number=True),
        RowColumn("unit_price", gettext_lazy("Unit price"), is_number=True),
    )
    add_label = gettext_lazy("Add another item")
    default_error_messages = {
        "row": gettext_lazy("Each item needs a description, a quantity and a unit price."),
    }

    currency = None  # of the invoice: its prices have that many decimals

    def written(self, value):
        return [self._written(row) for row in value]

    def _written(self, row):
        """Return a row with its numbers as people write them."""
        shown = dict(row)
        for column, write in (("quantity", numbers.plain), ("unit_price", self._money)):
            try:
                shown[column] = write(reading.number(str(row.get(column, ""))))
            except ValueError:
                continue
        return shown

    def _money(self, amount):
        return numbers.money(amount, self.currency)

    def read(self, row):
        amounts = {name: self._decimal(row[name]) for name in ("quantity", "unit_price")}
        return {"description": row["description"]} | amounts

    def _decimal(self, value):
        try:
            number = reading.number(value)
        except ValueError:
            number = None
        if number is None or abs(number) >= 10**8:
            message = self.error_messages["number"]
            raise forms.ValidationError(message, params={"value": value})
        return f"{number:f}"

    @staticmethod
    def total(rows):
        """Return the sum of quantity x unit price, to the cent."""
        total = sum(Decimal(row["quantity"]) * Decimal(row["unit_price"]) for row in rows)
        return half_up(total, 2)
