"""What compiled templates (Jinja2) know: words, addresses, dates.

A page is a Django template. The content of those that people open all day, as a register or a
gradebook, is drawn by {% compiled "….jinja" %}: Jinja2 compiles to Python and is five to ten times
as fast. Everything is escaped as in Django's templates, but that a translated text is, too.
"""

from collections.abc import Callable, MutableMapping
from typing import Any
from uuid import UUID

from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import NoReverseMatch
from django.utils.formats import localize
from django.utils.html import json_script
from django.utils.text import Truncator, capfirst
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]  # no stub
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from unfold.templatetags.unfold import add_css_class, changeform_condition
from unfold.widgets import CHECKBOX_LABEL_CLASSES, LABEL_CLASSES

from core import numbers, written
from core.form_renderer import attributes, input_drawn, widget_drawn
from core.links import address

NO_ID = UUID(int=0)
LABEL = {False: " ".join(LABEL_CLASSES), True: " ".join(CHECKBOX_LABEL_CLASSES)}
REQUIRED = Markup('<span class="text-red-600 dark:text-red-500">*</span>')


class PlainEnvironment(Environment):
    """Jinja2's, with the names that every template knows in a plain dict.

    Each template and each include starts with a copy of them: of Jinja2's ChainMap that took a
    tenth of the time of a form.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> dict[str, Any]:
        return {**self.globals, **(d or {})}


def environment(**options: Any) -> Environment:
    """Return Jinja2's environment (settings.TEMPLATES); a name it does not know is an error."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = PlainEnvironment(  # noqa: S701 - Django passes autoescape=True
        extensions=["jinja2.ext.i18n"], **options
    )
    made.install_gettext_callables(gettext, ngettext)  # type: ignore[attr-defined]  # by i18n
    made.globals |= {"_": gettext, "url": address, "urls": _urls, "url_if_any": _url_if_any}
    made.globals["static"] = static
    made.globals |= {"json_script": json_script, "widget_of": widget_of}
    made.globals |= {"widget_drawn": widget_drawn, "fields_of": fields_of, "labels_of": labels_of}
    made.globals |= {"input_drawn": input_drawn, "attributes": attributes}
    made.globals |= {"label_of": label_of, "back_to_list": back_to_list}
    made.globals["add_css_class"] = add_css_class
    made.globals["changeform_condition"] = changeform_condition
    made.filters |= {"written": _written, "moment": written.moment, "floatformat": written.number}
    made.filters["money"] = numbers.money
    made.filters |= {"localized": localize, "cut": _cut, "capfirst": capfirst}
    return made


def _written(value: written.Moment, kind: str) -> str:
    return written.text(template_localtime(value), kind)


def _cut(text: str, length: int) -> str:
    """Return a text of at most `length` characters; an ellipsis says that there was more."""
    return text if len(text) <= length else Truncator(text).chars(length)


def _url_if_any(name: str) -> str:
    """Return the address of a page that there may not be on this site, or ""."""
    try:
        return address(name)
    except NoReverseMatch:
        return ""


def _urls(name: str, *args: object) -> Callable[[UUID], str]:
    """Return the function from a row's id to its address, of which the id is the last part."""
    before, after = address(name, *args, NO_ID).split(str(NO_ID))
    return lambda row_id: f"{before}{row_id}{after}"


def widget_of(field: BoundField) -> dict[str, Any]:
    """Return what the template of a field's widget is given: name, type, value, attrs."""
    widget = field.field.widget
    attrs = field.build_widget_attrs({}, widget)
    if field.auto_id:
        attrs.setdefault("id", widget.attrs.get("id", field.auto_id))
    return widget.get_context(field.html_name, field.value(), attrs)["widget"]


def labels_of(form: AdminForm) -> dict[str, str]:
    """Return {name: label} of an inline's fields: the same for all its rows, and translated."""
    labels = {}
    for field in fields_of(form):
        if field.is_readonly:
            labels[field.field["name"]] = str(field.field["label"])
        else:
            labels[field.field.name] = str(field.field.label)
    return labels


def label_of(field: Any) -> str:
    """Return the label of a field of an admin's form, as Unfold's `label_tag` (0.91)."""
    if field.is_readonly:
        return field.label_tag()
    bound = field.field
    text, classes = escape(bound.label), LABEL[field.is_checkbox]
    if bound.field.required:
        classes += " required"
        if text[-1:] not in ":?.!":
            text += REQUIRED
    target = bound.id_for_label
    attrs = {"class": classes, "for": target} if target else {"class": classes}
    return Markup("<label{}>{}</label>").format(attributes(attrs), text)


def back_to_list(opts: Any, filters: str) -> str:
    """Return the address of a record's list, with the filters that it had."""
    page = address(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return add_preserved_filters({"opts": opts, "preserved_filters": filters}, page)


def fields_of(form: AdminForm) -> list[Any]:
    """Return the fields of an admin's form in their order, whatever lines they are in."""
    return [field for fieldset in form for line in fieldset for field in line]
