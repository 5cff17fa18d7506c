from finance.admin import catalog, counter_entries, invoices, payments

__all__ = ["catalog", "counter_entries", "invoices", "payments"]
