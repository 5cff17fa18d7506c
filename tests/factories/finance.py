"""Rows of finance: invoices and payments, and what belongs to them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from finance.models import (
    BankStatement,
    BankTransaction,
    BillingRun,
    ClosedMonth,
    CreditNote,
    Discount,
    Fee,
    FeePlan,
    FeePlanItem,
    Installment,
    Invoice,
    InvoiceLine,
    NumberSeries,
    OnlineCheckout,
    OnlineEvent,
    Payment,
    PaymentAllocation,
    PaymentReminder,
    PaymentReversal,
    PlanCharge,
    ReminderOptOut,
    Sponsor,
    StudentDiscount,
)
from tests.factories.factory import Factory

invoice = Factory(
    Invoice,
    invoice_number=lambda n: f"MADE-{n}",
    amount=Decimal("10.00"),
    issue_date=date(2026, 3, 1),
    due_date=date(2026, 3, 2),
)
payment = Factory(
    Payment, amount=Decimal("1.00"), payment_method="cash", payment_date=date(2026, 3, 1)
)
fee = Factory(Fee, name=lambda n: f"Fee {n}", amount=Decimal("10.00"))
fee_plan = Factory(FeePlan, name=lambda n: f"Plan {n}")
fee_plan_item = Factory(FeePlanItem)
installment = Factory(
    Installment, name=lambda n: f"Part {n}", percent=Decimal(100), due_date=date(2027, 3, 1)
)
discount = Factory(Discount, name=lambda n: f"Discount {n}", kind="percent", percent=Decimal(10))
student_discount = Factory(StudentDiscount)
billing_run = Factory(
    BillingRun,
    period=lambda n: f"Period {n}",
    issue_date=date(2027, 3, 1),
    due_date=date(2027, 3, 31),
)
plan_charge = Factory(PlanCharge, period=lambda n: f"Period {n}")
sponsor = Factory(Sponsor, name=lambda n: f"Sponsor {n}")
invoice_line = Factory(InvoiceLine, description="Tuition", unit_price=Decimal("10.00"))
payment_allocation = Factory(
    PaymentAllocation, amount=Decimal("1.00"), allocation_date=date(2027, 3, 1)
)
payment_reversal = Factory(
    PaymentReversal,
    kind="reversal",
    amount=Decimal("1.00"),
    reason="a mistake",
    reversal_date=date(2027, 3, 1),
)
credit_note = Factory(
    CreditNote, amount=Decimal("1.00"), reason="agreed", credit_date=date(2027, 3, 1)
)
closed_month = Factory(ClosedMonth, month=lambda n: date(1900 + n % 100, 1 + n // 100 % 12, 1))
payment_reminder = Factory(
    PaymentReminder,
    stage=1,
    reminder_date=date(2026, 4, 1),
    sent_to="A <a@example.com>",
    subject="Reminder",
    message="Please pay.",
)
reminder_opt_out = Factory(ReminderOptOut, reason="agreed")
number_series = Factory(NumberSeries, kind="invoice", year=lambda n: 3000 + n)
online_checkout = Factory(OnlineCheckout, provider="stripe", amount=Decimal("10.00"))
online_event = Factory(
    OnlineEvent,
    provider="stripe",
    event_id=lambda n: f"evt_{n}",
    kind="checkout.session.completed",
    happened_at=datetime(2026, 3, 1, tzinfo=UTC),
    outcome="ignored",
)
bank_statement = Factory(
    BankStatement,
    filename=lambda n: f"statement-{n}.csv",
    file_format="csv",
    digest=lambda n: f"{n:064}",
    first_date=date(2026, 3, 1),
    last_date=date(2026, 3, 1),
    line_count=1,
)
bank_transaction = Factory(
    BankTransaction,
    line_number=1,
    account="DE1",
    booking_date=date(2026, 3, 1),
    amount=Decimal("1.00"),
    message=lambda n: f"Line {n}",
)
