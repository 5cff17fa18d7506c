"""What an export holds, in words: its subject, and the filters that chose its rows."""

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reporting import catalog
from reporting.exports import lists
from reporting.models import Export

# How a parameter of a list ends -> what that says of the values.
ENDINGS = {
    "_from_0": gettext_lazy("from"),
    "_from_1": gettext_lazy("from, time"),
    "_to_0": gettext_lazy("to"),
    "_to_1": gettext_lazy("to, time"),
    "_from": gettext_lazy("from"),
    "_to": gettext_lazy("to"),
    "__year": gettext_lazy("year"),
    "__month": gettext_lazy("month"),
    "__day": gettext_lazy("day"),
    "__gte": gettext_lazy("from"),
    "__gt": gettext_lazy("after"),
    "__lte": gettext_lazy("to"),
    "__lt": gettext_lazy("before"),
    "__isnull": gettext_lazy("empty"),
    "__id__exact": "",
    "__exact": "",
    "__in": "",
}


def subject(export):
    """Return the title of the report or list, or of what the export's kind is."""
    if export.kind == Export.Kind.REPORT:
        try:
            return str(catalog.get(export.template_id).title)
        except KeyError:
            return export.template_id
    if export.kind == Export.Kind.LIST:
        modeladmin = lists.modeladmin_of(export.template_id)
        name = capfirst(modeladmin.opts.verbose_name_plural) if modeladmin else export.template_id
        return _("List: %(name)s") % {"name": name}
    return export.get_kind_display()


def filters(export):
    """Return [(label, text)] of what chose the rows, inside a context; empty: all rows.

    Costs queries: a filter may name a class or a person by id.
    """
    described = _filters(export)
    if export.selection is not None:
        count = len(export.selection)
        text = ngettext("%(count)d row", "%(count)d rows", count) % {"count": count}
        described.append((_("Chosen by hand"), text))
    return described


def _filters(export):
    values = export.filters or {}
    if export.kind == Export.Kind.REPORT:
        try:
            return list(catalog.get(export.template_id).describe(values))
        except (KeyError, ValidationError):
            pass
    if export.kind == Export.Kind.LIST and isinstance(values, dict):
        modeladmin = lists.modeladmin_of(export.template_id)
        if modeladmin is not None:
            return [_parameter(modeladmin, key, value) for key, value in values.items()]
    pairs = values.items() if isinstance(values, dict) else []
    if export.kind == Export.Kind.REPORT_CARDS:  # its names stand beside the ids
        pairs = [(key, value) for key, value in pairs if not key.endswith("_id")]
    return [(capfirst(str(key).replace("_", " ")), _join(value)) for key, value in pairs]


def _parameter(modeladmin, key, value):
    """Return (label, text) of one parameter of a list."""
    if key == "q":
        return _("Search"), _join(value)
    for entry in modeladmin.list_filter:
        if getattr(entry, "parameter_name", None) == key:
            describe = getattr(entry, "describe", _join)
            return capfirst(entry.title), describe(value)
    ending = next((ending for ending in ENDINGS if key.endswith(ending)), "")
    path, name = key.removesuffix(ending), ENDINGS.get(ending)
    try:
        fields = get_fields_from_path(modeladmin.model, path)
    except (FieldDoesNotExist, NotRelationField):
        return key, _join(value)
    label = capfirst(getattr(fields[0], "verbose_name", path))
    values = value if isinstance(value, list) else [value]
    if not name:
        values = [_shown(fields[-1], text) for text in values]
    return f"{label} ({name})" if name else label, _join(values)


def _shown(field, text):
    """Return a value as the list shows it: a choice's label, or the name of what an id means."""
    if field.choices:
        return str(dict(field.flatchoices).get(text, text))
    if field.is_relation:
        try:
            return str(field.related_model._default_manager.get(pk=text))
        except (field.related_model.DoesNotExist, ValidationError, ValueError):
            return _("no longer there")
    return text


def _join(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
