"""How widgets of forms are drawn: by compiled templates where there are any.

A page of the admin has 20 to 200 widgets. Django's own come with templates for Jinja2; those of
Unfold that the admin uses most are in templates/unfold/widgets/*.jinja.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

STOCK = "django/forms/"


class FormRenderer(TemplatesSetting):
    """Django's, which looks for the project's templates first (settings.FORM_RENDERER)."""

    def get_template(self, template_name: str) -> Any:
        return _template(template_name)


@cache
def _template(name: str) -> Any:
    """Return the template of a widget (or another part of a form), compiled if there is one."""
    compiled = name if name.startswith(STOCK) else name.replace(".html", ".jinja")
    try:
        return get_template(compiled, using="jinja2")
    except TemplateDoesNotExist:
        return get_template(name)


def widget_drawn(widget: dict[str, Any]) -> SafeString:
    """Return a part of a widget (an option, a subwidget) by its own template."""
    drawn = _template(widget["template_name"]).render({"widget": widget})
    return mark_safe(drawn)  # noqa: S308 - a template escapes
