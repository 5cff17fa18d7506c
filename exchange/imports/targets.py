"""What can be filled from a file: every table with an importing resource, and what registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from django.apps import apps

from core.models import User
from exchange.resources import resource_for

if TYPE_CHECKING:
    from exchange.imports.resource import ImportResource
    from exchange.models import ImportBatch


class Handler(Protocol):
    """What checks, applies and undoes the batches of a target."""

    def check(self, batch: ImportBatch) -> None: ...

    def apply(self, batch: ImportBatch, by: User) -> None: ...

    def undo(self, batch: ImportBatch, by: User) -> None: ...


_handlers: dict[str, Handler] = {}
_table_handler: Callable[[str], Handler] | None = None


def register_tables(handler_class: Callable[[str], Handler]) -> None:
    """Make `handler_class(label)` answer for the table of each model."""
    global _table_handler
    _table_handler = handler_class


def register_target(target: str, handler: Handler) -> None:
    """Make `handler` answer for a target: check(batch), apply(batch, by), undo(batch, by)."""
    _handlers[target] = handler


def handler_for(target: str) -> Handler:
    """Return what checks, applies and undoes the batches of a target."""
    if target in _handlers:
        return _handlers[target]
    if _table_handler is None:
        raise LookupError("No handler of tables is registered.")
    return _table_handler(target)


def is_table(target: str) -> bool:
    return target not in _handlers


def resource_of(target: str) -> type[ImportResource]:
    """Return the resource class of a model's label; raises LookupError for one without imports."""
    resource = resource_for(apps.get_model(target))
    if not hasattr(resource, "find"):
        raise LookupError(f"{target} cannot be imported.")
    return resource
