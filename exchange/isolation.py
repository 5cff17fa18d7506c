"""The app's tables that leave no audit trail, for `manage.py check_isolation`."""

from core import isolation

# What an import did; the rows that it changed are audited.
isolation.register(unaudited={"import_rows"})
