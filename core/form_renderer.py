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
SELECT_START = '<div class="grow relative max-w-2xl">'
SELECT_END = (
    '<span class="material-symbols-outlined absolute group-[.primary]:text-white'
    " pointer-events-none mr-[12px] right-0 text-base-400 top-0 top-1/2 hover:text-base-700"
    ' dark:text-base-500 dark:hover:text-base-200 -translate-y-1/2">expand_more</span></div>'
)


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


def _boxed(classes: str) -> Callable[[Mapping[str, Any]], str]:
    """Return how an <input> in a box of these classes is drawn, as Unfold's text.html (0.91)."""
    start = f'<div class="{classes}">'
    return lambda context: f"{start}{input_drawn(context['widget'])}</div>"


def _textarea(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    start = f'<textarea name="{escape(widget["name"])}"{attributes(widget["attrs"])}>'
    return f"{start}{escape(widget['value'] or '')}</textarea>"


def _option(option: Mapping[str, Any]) -> str:
    if option["template_name"] != STOCK + "widgets/select_option.html":
        return widget_drawn(option)
    start = f'<option value="{escape(option["value"])}"{attributes(option["attrs"])}>'
    return f"{start}{escape(option['label'])}</option>"


def _select(context: Mapping[str, Any]) -> str:
    """Return a <select> with the arrow that Unfold draws beside it (0.91)."""
    widget, pieces = context["widget"], []
    for group, options, _index in widget["optgroups"]:
        drawn = "".join([_option(option) for option in options])
        pieces.append(f'<optgroup label="{escape(group)}">{drawn}</optgroup>' if group else drawn)
    start = f'<select name="{escape(widget["name"])}"{attributes(widget["attrs"])}>'
    return f"{SELECT_START}{start}{''.join(pieces)}</select>{SELECT_END}"


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
    STOCK + "widgets/number.html": _input,
    STOCK + "label.html": _label,
    "unfold/widgets/text.html": _boxed("max-w-2xl relative w-full"),
    "unfold/widgets/date.html": _boxed("flex flex-col max-w-2xl min-w-56 relative w-full"),
    "unfold/widgets/time.html": _boxed("flex flex-col max-w-2xl min-w-56 relative w-full"),
    "unfold/widgets/textarea.html": _textarea,
    "unfold/widgets/select.html": _select,
}


@cache
def _template(name: str) -> Any:
    """Return the template of a widget (or another part of a form), compiled if there is one."""
    compiled = name if name.startswith(STOCK) else name.replace(".html", ".jinja")
    try:
        return get_template(compiled, using="jinja2")
    except TemplateDoesNotExist:
        return get_template(name)


def widget_drawn(widget: Mapping[str, Any]) -> SafeString:
    """Return a part of a widget (an option, a subwidget) by its own template."""
    drawn = _template(widget["template_name"]).render({"widget": widget})
    return mark_safe(drawn)  # noqa: S308 - a template escapes
