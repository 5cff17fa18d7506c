"""Form fields that take dates, times and amounts as people write them (core.reading)."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from core import reading


class DateField(forms.DateField):
    """A day in any of the forms that the application shows."""

    def to_python(self, value: Any) -> date | None:
        return _read(reading.day, value, super().to_python)


class TimeField(forms.TimeField):
    """A time of day; without seconds, unless they are typed."""

    def to_python(self, value: Any) -> time | None:
        return _read(reading.time, value, super().to_python)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another time was typed: what is shown has no seconds, and keeps them."""
        if isinstance(initial, time) and isinstance(data, str) and data.count(":") == 1:
            initial = initial.replace(second=0, microsecond=0)
        return super().has_changed(initial, data)


class SplitDateTimeField(forms.SplitDateTimeField):
    """A day and a time of day in two fields."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = (DateField(required=False), TimeField(required=False))


class DecimalField(forms.DecimalField):
    """A number, with or without separators between its thousands."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own
        return super().to_python(_read(reading.number, value, lambda it: it))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


class CurrencyField(forms.CharField):
    """A currency's three letters (ISO 4217), in capitals however they were typed."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").upper()


def _read(read: Callable[[str], Any], value: Any, otherwise: Callable[[Any], Any]) -> Any:
    """Return a text as `read` takes it; of no text at all what `otherwise` makes of it."""
    if not isinstance(value, str) or not value.strip():
        return otherwise(value)
    try:
        return read(value)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid") from None
