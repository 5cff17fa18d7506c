"""What the values of an imported row are called and how people read them.

The rows are kept as the database has them: columns of the table, other rows by their ids. Here a
column has the label of the file, and a person, class or invoice the text that the file says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import records
from core.models import User
from exchange.columns import Reference
from exchange.imports.resource import show
from exchange.resources import resource_for


class Values:
    """The columns of one table, as one reader sees them."""

    def __init__(self, model: type[models.Model], request: HttpRequest) -> None:
        self.model, self.request = model, request
        self.fields = {field.column: field for field in self.model._meta.concrete_fields}
        self.resource = resource_for(self.model)()
        self.columns = {column.attribute: column for column in self.resource.columns()}
        self.names_by_id: dict[str, dict[str, str]] = defaultdict(dict)

    def texts(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return {label: text} of {column: value}."""
        content = self._spread(content)
        return {self.label(name): self.text(name, content[name]) for name in self._ordered(content)}

    def _spread(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the content with the fields of a record in place of the column that holds them."""
        kept = content.get("metadata")
        if self.model is not User or not isinstance(kept, dict):
            return content
        rest = {name: value for name, value in content.items() if name != "metadata"}
        return rest | {f"record_{key}": it for key, it in kept.items() if key != records.APART}

    def cells(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return {label: text} of the cells of a rejected row: {attribute: what the file says}."""
        return {self.label(name): show(content[name]) for name in self._ordered(content)}

    def _ordered(self, content: Mapping[str, Any]) -> list[str]:
        """Return the names in `content` in the order of the file, what no file has at the end."""
        order = {column.attribute: place for place, column in enumerate(self.columns.values())}
        return sorted(content, key=lambda name: order.get(self._attribute(name), len(order)))

    def label(self, name: str) -> str:
        column = self.columns.get(self._attribute(name))
        if column is not None:
            return str(column.label)
        field = self.fields.get(name)
        return capfirst(str(field.verbose_name)) if field else name

    def load(self, contents: Sequence[Mapping[str, Any]]) -> None:
        """Look up, by one query a column, the rows that {column: value} name by their ids."""
        for name, field in self.fields.items():
            if not field.is_relation:
                continue
            ids = {content[name] for content in contents if content.get(name)}
            if ids:
                modeladmin = admin.site.get_model_admin(
                    cast("type[models.Model]", field.related_model)
                )
                rows = modeladmin.get_queryset(self.request).in_bulk(ids)
                self.names_by_id[name] = {
                    str(pk): self._name(name, row) for pk, row in rows.items()
                }

    def text(self, name: str, value: Any) -> str:
        """Return a value of the column `name` as text; "" for none."""
        field = self.fields.get(name)
        if isinstance(value, bool) and field is None:
            return _("yes") if value else _("no")
        if value is None or field is None or isinstance(field, models.JSONField):
            return show(value)
        if field.is_relation:
            return self.names_by_id[name].get(str(value), _("(not visible)"))
        if isinstance(field, models.DateTimeField):
            return f"{timezone.localtime(field.to_python(value)):%Y-%m-%d %H:%M}"
        return show(field.to_python(value))

    def keys(self, ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
        """Return {id: {label: text}} of the columns that distinguish the rows with these ids."""
        columns = [column for column in self.columns.values() if column.key]
        rows = self.model._default_manager.prefetch_related(*self.resource.references())
        return {
            pk: {str(c.label): show(self.resource.export_field(c, row)) for c in columns}
            for pk, row in rows.in_bulk(ids).items()
        }

    def _attribute(self, name: str) -> str:
        """Return what the model calls a column of the table; what is none stays as it is."""
        return self.fields[name].name if name in self.fields else name

    def _name(self, name: str, row: models.Model) -> str:
        column = self.columns.get(self._attribute(name))
        if column is not None and isinstance(column.widget, Reference):
            return column.widget.render(row)
        return str(row)
