"""What can be filled from a file, as the pages of an import know it: a table, or what registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from core.admin.imports import ImportMixin
from core.http import PersonRequest
from exchange.resources import resource_for

if TYPE_CHECKING:
    from exchange.models import ImportBatch


@dataclass(frozen=True)
class TableTarget:
    """A table whose list has an import page; `label` is the model's, "core.user"."""

    label: str

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def opts(self) -> Options:
        return self.model._meta

    @property
    def title(self) -> str:
        return str(self.opts.verbose_name_plural)

    @property
    def upload_url(self) -> str:
        return self._url("import")

    @property
    def list_url(self) -> str:
        return self._url("changelist")

    def _url(self, page: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    @property
    def labels(self) -> dict[str, str]:
        """Return {column: label} in the order of the file."""
        columns = resource_for(self.model)().columns()
        return {column.attribute: str(column.label) for column in columns}

    def page_url(self, batch: ImportBatch) -> str:
        return reverse("admin:exchange_importbatch_change", args=[batch.pk])

    def may_import(self, request: HttpRequest) -> bool:
        return cast("ImportMixin", admin.site.get_model_admin(self.model)).has_import_permission(
            cast("PersonRequest", request)
        )


class Target(Protocol):
    """What is no table; its batches have pages of their own."""

    label: str  # of its batches

    @property
    def title(self) -> str: ...

    def page_url(self, batch: ImportBatch) -> str: ...


_others: dict[str, Target] = {}


def register(target: Target) -> None:
    """Add what can be filled from a file and is no table."""
    _others[target.label] = target


def has_own_pages(batch: ImportBatch) -> bool:
    """Return whether a batch is gone on with elsewhere than on the pages of tables."""
    return batch.target in _others


def get(label: str) -> Any:
    """Return the target of a batch."""
    return _others.get(label) or TableTarget(label)


def is_importable(modeladmin: object) -> bool:
    """Return whether its list can be imported."""
    return isinstance(modeladmin, ImportMixin)


def importable(site: AdminSite) -> list[Any]:
    """Return the ModelAdmins of a site whose lists can be imported."""
    return [modeladmin for modeladmin in site._registry.values() if is_importable(modeladmin)]


def starts(site: AdminSite, request: HttpRequest) -> list[tuple[str, str]]:
    """Return [(title, address)] of the pages where this person can upload a file."""
    tables = [TableTarget(m.opts.label_lower) for m in importable(site)]
    return [(capfirst(t.title), t.upload_url) for t in tables if t.may_import(request)]


def choices() -> list[tuple[str, str]]:
    """Return [(label, title)] for the filter of the history."""
    tables = [TableTarget(m.opts.label_lower) for m in importable(admin.site)]
    targets: list[TableTarget | Target] = [*tables, *_others.values()]
    return [(target.label, capfirst(target.title)) for target in targets]
