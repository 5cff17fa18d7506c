"""Widgets of the admin's own pages."""

from uuid import UUID

from django.contrib.admin import widgets


def _ids(values):
    """Return those that are ids; Django would ask the database for the others, too."""
    found = []
    for value in values:
        try:
            UUID(str(value))
        except ValueError:
            continue
        found.append(value)
    return found


class AutocompleteSelect(widgets.AutocompleteSelect):
    """Choose a row by typing; what is no id is shown as nothing chosen."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, _ids(value), attr)


class AutocompleteSelectMultiple(widgets.AutocompleteSelectMultiple):
    """Choose rows by typing; what is no id is left out."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, _ids(value), attr)
