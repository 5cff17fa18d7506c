"""The app's rows in the audit trail and in searches: kind -> model, and what a row is called by."""

from core import search
from core.audit import changes

OF_INVOICE = ["invoice__invoice_number", "invoice__student__name"]

changes.register(
    {
        "invoice": ("finance.Invoice", ["invoice_number", "student__name"]),
        "invoice_line": ("finance.InvoiceLine", ["description", *OF_INVOICE]),
        "payment": ("finance.Payment", ["invoice__invoice_number", "student__name"]),
        "payment_allocation": ("finance.PaymentAllocation", OF_INVOICE),
        "payment_reversal": (
            "finance.PaymentReversal",
            ["payment__invoice__invoice_number", "payment__student__name"],
        ),
        "credit_note": ("finance.CreditNote", ["credit_note_number", *OF_INVOICE]),
        "payment_reminder": ("finance.PaymentReminder", ["stage", *OF_INVOICE]),
        "reminder_opt_out": ("finance.ReminderOptOut", ["student__name", "guardian__name"]),
        "fee": ("finance.Fee", ["name"]),
        "sponsor": ("finance.Sponsor", ["name"]),
        "closed_month": ("finance.ClosedMonth", ["month"]),
        "fee_plan": ("finance.FeePlan", ["name"]),
        "fee_plan_item": ("finance.FeePlanItem", ["description", "fee__name", "plan__name"]),
        "installment": ("finance.Installment", ["name", "plan__name"]),
        "discount": ("finance.Discount", ["name"]),
        "student_discount": ("finance.StudentDiscount", ["discount__name", "student__name"]),
        "billing_run": ("finance.BillingRun", ["plan__name", "period"]),
        "online_account": ("finance.OnlineAccount", ["provider"]),
        "online_checkout": ("finance.OnlineCheckout", OF_INVOICE),
        "online_event": ("finance.OnlineEvent", ["kind", "event_id"]),
        "bank_statement": ("finance.BankStatement", ["filename"]),
        "bank_transaction": ("finance.BankTransaction", ["party", "message"]),
        "number_series": ("finance.NumberSeries", ["kind", "year"]),
    },
)
search.register("search_invoices", "app.search_invoices", "invoice")
