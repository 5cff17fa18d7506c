"""From a model to the columns of its file, and where each model's resource is registered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any, cast

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.module_loading import autodiscover_modules
from django.utils.text import capfirst
from import_export.declarative import ModelDeclarativeMetaclass
from import_export.resources import ModelResource

from core.models.base import stored_fields
from exchange import columns
from exchange.columns import Column

_registry: dict[type[models.Model], type[SchoolResource]] = {}


def register(model: type[models.Model]) -> Callable[[type[SchoolResource]], type[SchoolResource]]:
    """Register the decorated resource class as the one that exports (and imports) `model`."""

    def decorate(resource: type[SchoolResource]) -> type[SchoolResource]:
        _registry[model] = resource
        return resource

    return decorate


def resource_for(model: type[models.Model]) -> type[SchoolResource]:
    """Return the resource class of a model: the registered one, or one of all its columns."""
    _discover()
    if model not in _registry:
        _registry[model] = plain_resource(model)
    return _registry[model]


@functools.cache
def _discover() -> None:
    """Import every app's resources, once: somebody may have imported one app's alone before."""
    autodiscover_modules("admin.resources")


class DeclaredColumns(ModelDeclarativeMetaclass):
    """Makes the declared columns all there are; the library would add the model's other fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> DeclaredColumns:
        declared = [key for key, value in attrs.items() if isinstance(value, columns.Column)]
        meta = attrs.get("Meta", object)
        attrs["Meta"] = type("Meta", (meta,), {"fields": declared})
        return super().__new__(cls, name, bases, attrs)


class SchoolResource(ModelResource, metaclass=DeclaredColumns):
    """A table as a file: declared `Column`s only, in their order; never the tenant.

    `template_id` and `template_version` name this layout in the list of exports; a change of the
    columns is a new version.
    """

    template_version = "1"
    # What one must be allowed to do with such rows, to read them from a file.
    import_actions: Collection[str] = ("add", "change")

    @classmethod
    def template_id(cls) -> str:
        """Return the name of this layout, for example "users_v1"."""
        return f"{cls._meta.model._meta.db_table}_v{cls.template_version}"

    def columns(self) -> list[Column]:
        return self.get_export_fields()

    def column(self, attribute: str) -> Column:
        """Return the column of an attribute of the model."""
        return next(c for c in self.columns() if c.attribute == attribute)

    def references(self) -> list[str]:
        """Return the relations to load with the rows.

        They are prefetched, not joined: a reader may see a row without being allowed to see
        everybody it names, and an inner join would lose the row.
        """
        paths = []
        for column in self.columns():
            path = column.attribute
            if not isinstance(column.widget, columns.Reference):
                path = path.rpartition("__")[0]
            if path and path not in paths:
                paths.append(path)
        return paths

    def get_field_name(self, field: Column) -> str:
        return field.column_name


# What never leaves the school in a file, whatever the table.
SECRET = {"tenant", "password", "password_version", "session_key", "session_data"}
# What people know a row by, in files that name it; the first of them that its table has.
KNOWN_BY = ("code", "name", "model")

KINDS = [
    (models.DateTimeField, columns.Moment),
    (models.DateField, columns.Date),
    (models.TimeField, columns.Time),
    (models.BooleanField, columns.YesNo),
    (models.JSONField, columns.Json),
    (models.IntegerField, columns.Integer),
]


def kind_of(field: models.Field) -> columns.Kind:
    """Return the kind of column that suits a model field."""
    if isinstance(field, models.DecimalField):
        if field.decimal_places is None:  # an amount: its currency says how many
            return columns.Number(14, 2)
        return columns.Number(field.max_digits, field.decimal_places)
    for field_class, kind in KINDS:
        if isinstance(field, field_class):
            return kind()
    return columns.Text()


def known_by(model: type[models.Model]) -> str | None:
    """Return the field of a model that people know its rows by; None without one."""
    if model is get_user_model():
        return "email"
    names = {field.name for field in model._meta.fields}
    return next((name for name in KNOWN_BY if name in names), None)


def plain_resource(
    model: type[models.Model], without: Collection[str] = (), ids: Collection[str] = ()
) -> type[SchoolResource]:
    """Return a resource of a model's columns, people named by e-mail and others by KNOWN_BY.

    Ids are left out, other than those of the fields `ids`; so are the fields `without`, and
    references to rows without a name.
    """
    fields = {}
    for field in stored_fields(model):
        is_id = field.primary_key or isinstance(field, models.UUIDField)
        if field.name in SECRET or field.name in without or (is_id and field.name not in ids):
            continue
        kind = kind_of(field)
        if field.is_relation:
            name = known_by(cast("type[models.Model]", field.related_model))
            if name is None:
                continue
            kind = columns.Reference(name, "")
        fields[field.name] = columns.Column(field.name, capfirst(field.verbose_name), kind)
    meta = type("Meta", (), {"model": model})
    return DeclaredColumns(f"{model.__name__}Resource", (SchoolResource,), fields | {"Meta": meta})


def importable_models() -> list[type[models.Model]]:
    """Return the models whose resource can import, for tests and links."""
    return [model for model in apps.get_models() if hasattr(resource_for(model), "find")]
