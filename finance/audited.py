"""The app's rows in the audit trail and in searches: kind -> model, and what a row is called by."""

from core import search
from core.audit import changes

changes.register(
    {
        "invoice": ("finance.Invoice", ["invoice_number", "student__name"]),
        "payment": ("finance.Payment", ["invoice__invoice_number", "student__name"]),
    },
)
search.register("search_invoices", "app.search_invoices", "invoice")
