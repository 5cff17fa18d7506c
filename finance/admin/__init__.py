from finance.admin import (
    catalog,
    counter_entries,
    invoices,
    money_settings,
    payments,
    statements,
    take_payment,
)

__all__ = [
    "catalog",
    "counter_entries",
    "invoices",
    "money_settings",
    "payments",
    "statements",
    "take_payment",
]
