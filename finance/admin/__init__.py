from finance.admin import (
    billing_pages,
    catalog,
    counter_entries,
    fee_plans,
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
    "billing_pages",
    "catalog",
    "counter_entries",
    "fee_plans",
    "invoices",
    "money_settings",
    "payments",
    "remind",
    "reminder_log",
    "reminder_settings",
    "statements",
    "take_payment",
]
