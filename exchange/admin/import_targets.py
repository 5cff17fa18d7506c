"""What can be filled from a file, as the pages of an import know it: a table, or what registers."""

from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst

from core.admin.imports import ImportMixin
from exchange.resources import resource_for


@dataclass(frozen=True)
class TableTarget:
    """A table whose list has an import page; `label` is the model's, "core.user"."""

    label: str

    @property
    def model(self):
        return apps.get_model(self.label)

    @property
    def opts(self):
        return self.model._meta

    @property
    def title(self):
        return str(self.opts.verbose_name_plural)

    @property
    def upload_url(self):
        return self._url("import")

    @property
    def list_url(self):
        return self._url("changelist")

    def _url(self, page):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    @property
    def labels(self):
        """Return {column: label} in the order of the file."""
        columns = resource_for(self.model)().columns()
        return {column.attribute: str(column.label) for column in columns}

    def page_url(self, batch):
        return reverse("admin:exchange_importbatch_change", args=[batch.pk])

    def may_import(self, request):
        return admin.site.get_model_admin(self.model).has_import_permission(request)


_others = {}


def register(target):
    """Add what can be filled from a file and is no table; its batches have pages of their own.

    It has `label` (of its batches), `title` and `page_url(batch)`.
    """
    _others[target.label] = target


def has_own_pages(batch):
    """Return whether a batch is gone on with elsewhere than on the pages of tables."""
    return batch.target in _others


def get(label):
    """Return the target of a batch."""
    return _others.get(label) or TableTarget(label)


def is_importable(modeladmin):
    """Return whether its list can be imported."""
    return isinstance(modeladmin, ImportMixin)


def importable(site):
    """Return the ModelAdmins of a site whose lists can be imported."""
    return [modeladmin for modeladmin in site._registry.values() if is_importable(modeladmin)]


def starts(site, request):
    """Return [(title, address)] of the pages where this person can upload a file."""
    tables = [TableTarget(m.opts.label_lower) for m in importable(site)]
    return [(capfirst(t.title), t.upload_url) for t in tables if t.may_import(request)]


def choices():
    """Return [(label, title)] for the filter of the history."""
    tables = [TableTarget(m.opts.label_lower) for m in importable(admin.site)]
    return [(t.label, capfirst(t.title)) for t in [*tables, *_others.values()]]
