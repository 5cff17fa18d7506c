from finance.admin import invoices, payments, people

__all__ = ["invoices", "payments", "people"]
