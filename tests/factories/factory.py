"""How rows are made: by a table of factories, one a model (tests/factories/<app>.py).

    enrollment = academics.enrollment(student=anna, school_class=maths)      # saved
    columns = columns_of("enrollments", student=anna, school_class=maths)    # for an INSERT

A factory knows values for what the database wants and does not fill in by itself, and no more; the
rows that a row refers to are named by the test.
"""

import itertools
import json

from django.db.models import JSONField, Model

FACTORIES = {}  # name of the table -> Factory
_numbers = itertools.count(1)


class Factory:
    """Makes rows of one model. A default that is a function is called with a number of its own."""

    def __init__(self, model, **defaults):
        self.model, self.defaults = model, defaults
        FACTORIES[model._meta.db_table] = self

    def values(self, given):
        number = next(_numbers)
        made = {
            name: value(number) if callable(value) else value
            for name, value in self.defaults.items()
            if name not in given
        }
        return made | given

    def __call__(self, **given):
        """Save a row in the current context and return it."""
        return self.model._base_manager.create(**self.values(given))


def columns_of(table, **given):
    """Return {column: value} of a new row, with the values as psycopg takes them."""
    factory = FACTORIES[table]
    values = factory.values(given)
    fields = {name: factory.model._meta.get_field(name) for name in values}
    return {field.column: _plain(field, values[name]) for name, field in fields.items()}


def _plain(field, value):
    if isinstance(field, JSONField):
        return json.dumps(value)
    return value.pk if isinstance(value, Model) else value
