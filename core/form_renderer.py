"""How widgets of forms are drawn: by compiled templates where there are any.

A page of the admin has 20 to 200 widgets. Django's own come with templates for Jinja2; those of
Unfold that the admin uses most are in templates/unfold/widgets/*.jinja. The smallest and most
frequent pieces, an input and a label, are functions here: setting a template up costs more than
they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from markupsafe import escape

STOCK = "django/forms/"


class FormRenderer(TemplatesSetting):
    """Django's, which looks for the project's templates first (settings.FORM_RENDERER)."""

    def get_template(self, template_name: str) -> Any:
        return _template(template_name)

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name in PIECES:
            return PIECES[template_name](context)
        return super().render(template_name, context, request)


def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """Return attributes as they stand in a tag, each after a space; False is left out."""
    pieces = [
        f" {escape(name)}" if value is True else f' {escape(name)}="{escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    ]
    return mark_safe("".join(pieces))  # noqa: S308 - escaped


def input_drawn(widget: Mapping[str, Any]) -> SafeString:
    """Return an <input> as django/forms/widgets/input.html."""
    value = "" if widget["value"] is None else f' value="{escape(widget["value"])}"'
    start = f'<input type="{escape(widget["type"])}" name="{escape(widget["name"])}"'
    return mark_safe(f"{start}{value}{attributes(widget['attrs'])}>")  # noqa: S308 - escaped


def _input(context: Mapping[str, Any]) -> str:
    return input_drawn(context["widget"])


def _label(context: Mapping[str, Any]) -> str:
    label = escape(context["label"])
    if not context["use_tag"]:
        return label
    tag = context["tag"]
    return f"<{tag}{attributes(context['attrs'] or {})}>{label}</{tag}>"


PIECES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    STOCK + "widgets/input.html": _input,
    STOCK + "widgets/text.html": _input,
    STOCK + "widgets/hidden.html": _input,
    STOCK + "widgets/checkbox.html": _input,
    STOCK + "label.html": _label,
}


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
