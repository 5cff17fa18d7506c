"""The app's tables that leave no audit trail, for `manage.py check_isolation`."""

from core import isolation

# Written by the database alone, one row beside an invoice, which is audited.
isolation.register(unaudited={"plan_charges"})
