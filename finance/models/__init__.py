from finance.models.books import ClosedMonth, NumberSeries
from finance.models.credit_note import CreditNote
from finance.models.fee import Fee
from finance.models.invoice import Invoice
from finance.models.invoice_line import InvoiceLine
from finance.models.payment import Payment, PaymentAllocation, PaymentReversal
from finance.models.reminder import PaymentReminder, ReminderOptOut
from finance.models.sponsor import Sponsor

__all__ = [
    "ClosedMonth",
    "CreditNote",
    "Fee",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "Payment",
    "PaymentAllocation",
    "PaymentReminder",
    "PaymentReversal",
    "ReminderOptOut",
    "Sponsor",
]
