"""Rows of finance: invoices and payments."""

from datetime import date
from decimal import Decimal

from finance.models import Invoice, Payment
from tests.factories.factory import Factory

invoice = Factory(
    Invoice,
    invoice_number=lambda n: f"INV-{n}",
    amount=Decimal("10.00"),
    issue_date=date(2026, 3, 1),
    due_date=date(2026, 3, 2),
)
payment = Factory(
    Payment, amount=Decimal("1.00"), payment_method="cash", payment_date=date(2026, 3, 1)
)
