"""Types that the admin's modules have in common."""

from collections.abc import Sequence
from typing import Any

# A field of a form, or several in one line; the parts of a page, each with its title or None.
FieldLine = str | Sequence[str]
Fieldsets = Sequence[tuple[Any, dict[str, Any]]]
# The years, months or days that a list offers, and the way back.
DateChoices = dict[str, Any]
