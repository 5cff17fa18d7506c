"""Columns of lists that are shown in the same way everywhere."""

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

STATUS = _("status")


def choice_label(field, description=STATUS, *, ordering=None, **colors):
    """Return a display method that shows a field with choices as a coloured label.

    `ordering` is the column to sort by where the field is none. `colors` are value=color; the
    colors are Unfold's (success, info, warning, danger).
    """

    @display(description=description, ordering=ordering or field, label=colors)
    def show(model_admin, obj):
        return getattr(obj, field), getattr(obj, f"get_{field}_display")()

    show.follows = field  # rows with the same value have the same label (core.admin.results)
    return show
