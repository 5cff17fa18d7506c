"""Who may do what with money: the policy table (core.policies)."""

from core.policies import Access, Rows, add, change, everything, read, remove

access = Access("finance")

ISSUED = "issued_at is not null"
OWN = "student_id = app.student_id()"
CHILDRENS = "student_id = any (array(select o.id from app.guarded_students o))"
PAID_BY = "payer_guardian_id = any (array(select o.id from app.own_guardian o))"


def of(table: str, column: str) -> Rows:
    """Return the rows that hang on a row of `table` which the reader may see."""
    return Rows(
        f"{column} = any (array("  # noqa: S608 - names of ours
        f"select o.id from {table} o where o.tenant_id = app.tenant_id()))",
        f"those of {table} they read",
    )


access.table(
    "invoices",
    money_office=everything(),
    student=read(Rows((OWN, ISSUED), "own issued ones", "student")),
    guardian=[
        read(Rows((CHILDRENS, ISSUED), "their children's issued ones", "guardian")),
        read(Rows((PAID_BY, ISSUED), "those they pay", "guardian"), name="payer"),
    ],
)
access.table(
    "invoice_lines",
    money_office=everything(),
    student=read(of("invoices", "invoice_id")),
    guardian=read(of("invoices", "invoice_id")),
)
# Money is only added to.
access.table(
    "payments",
    money_office=[read(), add()],
    student=read(Rows(OWN, "own", "student")),
    guardian=[
        read(Rows(CHILDRENS, "their children's", "guardian")),
        read(Rows(PAID_BY, "their own", "guardian"), name="payer"),
    ],
)
# Of money that went to, or came from, an invoice or payment of another student, too.
ALLOCATIONS = [
    read(of("invoices", "invoice_id")),
    read(of("payments", "payment_id"), name="payment"),
]
access.table(
    "payment_allocations", money_office=[read(), add()], student=ALLOCATIONS, guardian=ALLOCATIONS
)
for name, parent, column in (
    ("credit_notes", "invoices", "invoice_id"),
    ("payment_reversals", "payments", "payment_id"),
):
    access.table(
        name,
        money_office=[read(), add()],
        student=read(of(parent, column)),
        guardian=read(of(parent, column)),
    )
# The log of reminders is only added to.
access.table("payment_reminders", money_office=[read(), add()])
for name in (
    "fees",
    "sponsors",
    "fee_plans",
    "fee_plan_items",
    "installments",
    "discounts",
    "student_discounts",
    "billing_runs",
    "reminder_opt_outs",
):
    access.table(name, money_office=everything())
access.table(
    "closed_months",
    money_office=[read(), add(), change(Rows(), "reopen_reason", "updated_at")],
)
# Functions keep them.
for name in ("number_series", "plan_charges"):
    access.table(name, money_office=read())
# Paying online: functions alone know the keys (finance/sql/online.sql).
access.table("online_accounts")
access.table(
    "online_checkouts",
    money_office=[read(), add()],
    student=[read(of("invoices", "invoice_id")), add(of("invoices", "invoice_id"))],
    guardian=[read(of("invoices", "invoice_id")), add(of("invoices", "invoice_id"))],
)
access.table(
    "online_events",
    money_office=[read(), add(), change(Rows(), "outcome", "note", "payment_id", "updated_at")],
)
# What the bank reported: a line is posted or ignored, and else stays as the bank wrote it.
access.table("bank_statements", money_office=[read(), add(), remove()])
access.table(
    "bank_transactions",
    money_office=[read(), add(), change(Rows(), "payment_id", "ignore_reason", "updated_at")],
)
