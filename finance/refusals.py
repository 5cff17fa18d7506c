"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy as _

from core import constraints

NUMBER = _("The amount must be a number below 100,000,000,000.")
CURRENCY = _("Use the three capital letters of ISO 4217, for example USD.")
DECIMALS = _("This currency has no such amount: too many digits after the point.")
ABOVE_ZERO = _("The amount must be above zero.")
ONE_PAYER = _("Choose a guardian or a sponsor as the payer, not both.")
NOT_YET_PAID = _("It was not paid yet on that day.")
PERCENT = _("The percent must be above 0 and at most 100.")
NOTHING_TO_PAY = _("Nothing is to be paid of this invoice.")
REASON = _("Write down the reason.")

constraints.register(
    {
        # Invoices
        "idx_invoices_number": ("invoice_number", _("Another invoice already has this number.")),
        "check_invoice_status": (
            "status",
            _("The status must be pending, paid, overdue or cancelled."),
        ),
        "check_invoice_amount": ("amount", _("The amount cannot be negative.")),
        "check_invoice_amount_number": ("amount", NUMBER),
        "check_invoice_currency": ("currency", CURRENCY),
        "check_invoice_decimals": ("amount", DECIMALS),
        "check_invoice_dates": ("due_date", _("It is due before it is issued.")),
        "check_invoice_issued": ("invoice_number", _("An issued invoice has a number.")),
        "check_invoice_sums": (
            "amount",
            _("More than this was already paid or credited."),
        ),
        "check_invoice_payer": ("payer_sponsor", ONE_PAYER),
        "check_line_items": (
            "line_items",
            _(
                "Each item needs a description, a quantity and a unit price,"
                " and together they must make the amount."
            ),
        ),
        "invoice_is_issued": (
            None,
            _(
                "An issued invoice stays as it is. Cancel it, or write a credit note, and issue"
                " another one."
            ),
        ),
        "invoice_is_cancelled": ("status", _("A cancelled invoice stays cancelled.")),
        "invoice_has_payments": (
            "status",
            _("This invoice has payments. Write a credit note; what was paid becomes credit."),
        ),
        "invoice_not_covered": (
            "status",
            _("An invoice is paid when its payments cover it; record the payment instead."),
        ),
        "tenants_money_settings": (
            None,
            _("This is a setting of the school, which an admin changes."),
        ),
        # Lines
        "check_line_numbers": ("unit_price", _("This number is too large, or no number.")),
        "check_line_discount": ("discount_kind", _("This kind of discount does not exist.")),
        "check_line_discount_amount": (
            "unit_price",
            _("A discount makes the invoice smaller: write its price below zero."),
        ),
        # Payments
        "payments_invoice_fk": ("student", _("The invoice is of another student.")),
        "check_amount_positive": ("amount", ABOVE_ZERO),
        "check_amount_number": ("amount", NUMBER),
        "check_payment_currency": ("currency", CURRENCY),
        "check_payment_decimals": ("amount", DECIMALS),
        "check_payment_sums": ("amount", _("The payment has less left than that.")),
        "check_payment_payer": ("payer_sponsor", ONE_PAYER),
        "check_payment_method": (
            "payment_method",
            _("The school takes no payments by this method."),
        ),
        "idx_payments_token": (None, _("This payment was recorded already.")),
        "idx_payments_transaction": (
            "transaction_id",
            _("A payment by this method with this reference was recorded already."),
        ),
        "payment_of_draft_invoice": (
            "invoice",
            _("This invoice is a draft: issue it before it is paid."),
        ),
        "payment_of_cancelled_invoice": (
            "invoice",
            _("This invoice is cancelled and takes no payments."),
        ),
        "payment_currency": (
            "currency",
            _("The payment must be in the invoice's currency."),
        ),
        "payment_overpays": (
            "amount",
            _("With this payment, more than the invoice's amount would be paid."),
        ),
        "money_is_append_only": (
            None,
            _("What was recorded stays. Reverse a payment that was a mistake, and record it anew."),
        ),
        # What a payment is for
        "check_allocation_amount": ("amount", _("The amount cannot be zero.")),
        "check_allocation_decimals": ("amount", DECIMALS),
        "allocation_before_payment": ("allocation_date", NOT_YET_PAID),
        "allocation_exceeds_payment": ("amount", _("The payment has less left than that.")),
        "allocation_below_zero": (
            "amount",
            _("The payment gave less than that to this invoice."),
        ),
        # Reversals and refunds
        "check_reversal_amount": ("amount", ABOVE_ZERO),
        "check_reversal_decimals": ("amount", DECIMALS),
        "check_reversal_kind": ("kind", _("The kind must be reversal or refund.")),
        "check_reversal_reason": ("reason", REASON),
        "reversal_before_payment": ("reversal_date", NOT_YET_PAID),
        "reversal_exceeds_payment": (
            "amount",
            _("Less than that is left of this payment: the rest was taken back already."),
        ),
        # Credit notes
        "idx_credit_notes_number": (
            "credit_note_number",
            _("Another credit note already has this number."),
        ),
        "check_credit_note_amount": ("amount", ABOVE_ZERO),
        "check_credit_note_decimals": ("amount", DECIMALS),
        "check_credit_note_reason": ("reason", REASON),
        "credit_note_before_invoice": (
            "credit_date",
            _("The invoice was not issued yet on that day."),
        ),
        "credit_note_of_no_invoice": (
            "invoice",
            _("A draft or a cancelled invoice has nothing to credit."),
        ),
        "credit_note_exceeds_invoice": (
            "amount",
            _("The invoice asks less than that."),
        ),
        # Reminders
        "idx_payment_reminders_stage": ("stage", _("This reminder was sent already.")),
        "check_reminder_stage": ("stage", _("A stage is a number from 1 to 9.")),
        "reminder_of_settled_invoice": ("invoice", _("Nothing is to pay of this invoice.")),
        "reminder_before_due": ("reminder_date", _("The invoice is not overdue on that day.")),
        "reminder_out_of_turn": ("stage", _("The reminder before this one was not sent.")),
        "idx_opt_outs_person": ("guardian", _("This exception is there already.")),
        "check_opt_out_person": ("student", _("Choose a student, a guardian, or both.")),
        "check_opt_out_reason": ("reason", REASON),
        # Fees, sponsors
        "idx_fees_name": ("name", _("Another fee already has this name.")),
        "check_fee_amount": ("amount", _("The amount cannot be negative.")),
        "check_fee_number": ("amount", NUMBER),
        "check_fee_currency": ("currency", CURRENCY),
        "check_fee_decimals": ("amount", DECIMALS),
        "idx_sponsors_name": ("name", _("Another sponsor already has this name.")),
        # Plans, discounts, billing
        "idx_fee_plans_name": ("name", _("Another plan already has this name.")),
        "check_plan_audience": (
            "audience",
            _("Choose the class or the year group that it is for, and nothing beside it."),
        ),
        "check_plan_on_enrollment": (
            "on_enrollment",
            _("Only a plan of a class can be charged by enrolling."),
        ),
        "check_plan_currency": ("currency", CURRENCY),
        "check_plan_item_quantity": ("quantity", _("The quantity must be above zero.")),
        "check_plan_item_price": ("unit_price", _("The price cannot be negative.")),
        "idx_installments_name": ("name", _("Another installment already has this name.")),
        "check_installment_percent": ("percent", PERCENT),
        "installment_is_billed": (
            "name",
            _("This installment was billed: its name and percent stay."),
        ),
        "idx_discounts_name": ("name", _("Another discount already has this name.")),
        "check_discount_kind": ("kind", _("This kind of discount does not exist.")),
        "check_discount_percent": ("percent", PERCENT),
        "check_discount_amount": ("amount", ABOVE_ZERO),
        "check_discount_currency": ("currency", CURRENCY),
        "check_discount_decimals": ("amount", DECIMALS),
        "check_discount_value": (
            "percent",
            _("Write a percent or an amount, whichever kind of discount it is."),
        ),
        "check_discount_child": ("from_child", _("The first child is 1.")),
        "idx_student_discounts_pair": ("student", _("This student has the discount already.")),
        "check_billing_status": ("status", _("This status does not exist.")),
        "check_billing_dates": ("due_date", _("It is due before it is issued.")),
        "check_billing_period": ("period", _("Name the period, for example 2026-09.")),
        "idx_plan_charges_once": (
            None,
            _("One of these students was billed for this plan and period meanwhile. Try again."),
        ),
        "billing_of_nothing": (None, _("There is no such billing.")),
        "plan_without_fees": ("plan", _("This plan has no fees yet.")),
        "plan_currency": (
            "plan",
            _("A fee of this plan has a price in another currency than the plan."),
        ),
        "installments_not_whole": ("plan", _("The installments of this plan do not make 100%.")),
        "billing_without_installment": (
            "installment",
            _("This plan is billed by installments: choose one."),
        ),
        "billing_is_over": (None, _("This was done or undone meanwhile.")),
        "billing_has_payments": (
            None,
            _(
                "Something was paid of these invoices, or credited, so they stay."
                " Cancel the others one by one, or write credit notes."
            ),
        ),
        # Online payment
        "idx_online_accounts": (None, _("The school has an account already.")),
        "check_online_account_keys": (
            "secret_key",
            _("Both the secret key and the signing secret are needed."),
        ),
        "check_checkout_amount": ("invoice", NOTHING_TO_PAY),
        "checkout_nothing_to_pay": ("invoice", NOTHING_TO_PAY),
        "idx_online_events": ("event_id", _("This message was taken in already.")),
        "check_online_event_outcome": ("outcome", _("This outcome does not exist.")),
        # Bank statements
        "idx_bank_statements_digest": (None, _("This file was imported already.")),
        "check_bank_statement_format": ("file_format", _("This format does not exist.")),
        "idx_bank_transactions_once": (None, _("This line of the bank was imported already.")),
        "idx_bank_transactions_payment": ("payment", _("Another line is this payment already.")),
        "check_bank_transaction_amount": ("amount", _("The amount cannot be zero.")),
        "check_bank_transaction_number": ("amount", NUMBER),
        "check_bank_transaction_currency": ("currency", CURRENCY),
        "check_bank_transaction_decimals": ("amount", DECIMALS),
        "check_bank_transaction_state": (None, _("What is ignored is not posted, too.")),
        "check_bank_transaction_reason": ("ignore_reason", REASON),
        "bank_line_is_posted": (
            None,
            _("This line is posted. Reverse its payment, and it is open again."),
        ),
        "bank_line_is_another_payment": (
            "payment",
            _("A line is posted as a bank transfer of its own amount, currency and day."),
        ),
        "bank_statement_is_posted": (
            None,
            _("Payments were posted from this statement, so it stays."),
        ),
        # Books
        "month_is_closed": (
            "payment_date",
            _("The books of that month are closed. Choose a day of an open month."),
        ),
        "idx_closed_months": ("month", _("This month is closed already.")),
        "check_closed_month": ("month", _("Name a month by its first day.")),
        "check_reopen_reason": ("reopen_reason", REASON),
        "closed_month_not_over": ("month", _("This month is not over yet.")),
        "closed_month_stays": ("month", _("This month was reopened; it can be closed again.")),
        "idx_number_series": ("year", _("This series exists already.")),
    },
    by_column={"month_is_closed", "invoice_is_issued", "invoice_has_payments"},
)
