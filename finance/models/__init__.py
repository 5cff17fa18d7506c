from finance.models.bank import BankStatement, BankTransaction
from finance.models.billing_run import BillingRun, PlanCharge
from finance.models.books import ClosedMonth, NumberSeries
from finance.models.credit_note import CreditNote
from finance.models.discount import Discount, StudentDiscount
from finance.models.fee import Fee
from finance.models.fee_plan import FeePlan, FeePlanItem, Installment
from finance.models.invoice import Invoice
from finance.models.invoice_line import InvoiceLine
from finance.models.online import OnlineAccount, OnlineCheckout, OnlineEvent
from finance.models.payment import Payment, PaymentAllocation, PaymentReversal
from finance.models.reminder import PaymentReminder, ReminderOptOut
from finance.models.sponsor import Sponsor

__all__ = [
    "BankStatement",
    "BankTransaction",
    "BillingRun",
    "ClosedMonth",
    "CreditNote",
    "Discount",
    "Fee",
    "FeePlan",
    "FeePlanItem",
    "Installment",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "OnlineAccount",
    "OnlineCheckout",
    "OnlineEvent",
    "Payment",
    "PaymentAllocation",
    "PaymentReminder",
    "PaymentReversal",
    "PlanCharge",
    "ReminderOptOut",
    "Sponsor",
    "StudentDiscount",
]
