"""Columns of lists that are shown in the same way everywhere."""

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

STATUS = _("status")


def choice_label(field, description=STATUS, **colors):
    """Return a display method that shows a field with choices as a coloured label.

    `colors` are value=color; the colors are Unfold's (success, info, warning, danger).
    """

    @display(description=description, ordering=field, label=colors)
    def show(model_admin, obj):
        return getattr(obj, field), getattr(obj, f"get_{field}_display")()

    return show
