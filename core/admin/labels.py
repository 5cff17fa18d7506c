"""Columns of lists that are shown in the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

STATUS = _("status")


def choice_label(
    field: str, description: str | StrPromise = STATUS, *, ordering: Any = None, **colors: str
) -> Callable[[Any, Any], tuple[str, str]]:
    """Return a display method that shows a field with choices as a coloured label.

    `ordering` is the column to sort by where the field is none. `colors` are value=color; the
    colors are Unfold's (success, info, warning, danger).
    """

    @display(description=description, ordering=ordering or field, label=colors)
    def show(model_admin: Any, obj: Any) -> tuple[str, str]:
        return getattr(obj, field), getattr(obj, f"get_{field}_display")()

    show.follows = field  # rows with the same value have the same label (core.admin.results)
    return show
