from finance.admin import invoices, payments

__all__ = ["invoices", "payments"]
