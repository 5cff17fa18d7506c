"""A student's invoices and their payments."""

from core.models import User
from finance.models import Invoice
from finance.models.invoice import InvoiceQuerySet


def invoices(student: User) -> InvoiceQuerySet:
    """Return the student's issued invoices, newest first."""
    rows = Invoice.objects.issued().for_student(student)
    return rows.order_by("-issue_date", "-invoice_number")
