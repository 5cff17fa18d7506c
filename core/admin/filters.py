"""Filters of lists that read what people type."""

from contextlib import suppress
from typing import Any

from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from core import reading
from core.admin.widgets import AutocompleteSelect


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, however they are written; what is no day leaves the list as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in self.used_parameters.items():
            with suppress(ValueError):
                self.used_parameters[name] = reading.day(text).isoformat()


class AutocompleteForm(AutocompleteDropdownForm):
    widget = AutocompleteSelect


class AutocompleteFilter(AutocompleteSelectFilter):
    """Rows that refer to a chosen one, which is found by typing."""

    form_class = AutocompleteForm
