"""What can be filled from a file: every table with an importing resource, and what registers."""

from importlib import import_module

from django.apps import apps

from core.exchange.resources import resource_for

_handlers = {}
# Where the handler of a target that is no table registers itself; imported when first asked for.
HOMES = {"oneroster": "reporting.oneroster.imports"}


def register_target(target, handler):
    """Make `handler` answer for a target: check(batch), apply(batch, by), undo(batch, by)."""
    _handlers[target] = handler


def handler_for(target):
    """Return what checks, applies and undoes the batches of a target."""
    if target in HOMES and target not in _handlers:
        import_module(HOMES[target])
    if target in _handlers:
        return _handlers[target]
    from reporting.imports.tables import TableHandler  # it imports the service that asks here

    return TableHandler(target)


def is_table(target):
    return target not in _handlers and target not in HOMES


def resource_of(target):
    """Return the resource class of a model's label; raises LookupError for one without imports."""
    resource = resource_for(apps.get_model(target))
    if not hasattr(resource, "find"):
        raise LookupError(f"{target} cannot be imported.")
    return resource
