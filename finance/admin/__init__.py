from finance.admin import (
    catalog,
    counter_entries,
    invoices,
    money_settings,
    payments,
    remind,
    reminder_log,
    reminder_settings,
    statements,
    take_payment,
)

__all__ = [
    "catalog",
    "counter_entries",
    "invoices",
    "money_settings",
    "payments",
    "remind",
    "reminder_log",
    "reminder_settings",
    "statements",
    "take_payment",
]
