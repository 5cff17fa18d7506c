"""What can be filled from a file: every table with an importing resource, and what registers."""

from django.apps import apps

from exchange.resources import resource_for

_handlers = {}
_table_handler = None


def register_tables(handler_class):
    """Make `handler_class(label)` answer for the table of each model."""
    global _table_handler
    _table_handler = handler_class


def register_target(target, handler):
    """Make `handler` answer for a target: check(batch), apply(batch, by), undo(batch, by)."""
    _handlers[target] = handler


def handler_for(target):
    """Return what checks, applies and undoes the batches of a target."""
    if target in _handlers:
        return _handlers[target]
    return _table_handler(target)


def is_table(target):
    return target not in _handlers


def resource_of(target):
    """Return the resource class of a model's label; raises LookupError for one without imports."""
    resource = resource_for(apps.get_model(target))
    if not hasattr(resource, "find"):
        raise LookupError(f"{target} cannot be imported.")
    return resource
