"""Beside invoices and payments: fees, sponsors, counter-entries, a closed month."""

from datetime import time, timedelta

from school.seeds.builder import new_id

FEES = (("Tuition", "4010", 1), ("Registration", "4020", 8), ("Materials", "4030", 16))
SPONSORS = ("Rotary Club", "City Education Fund")
# A few of each thing that went wrong.
REVERSED, REFUNDED, CREDITED, REMINDED = 2, 1, 3, 4
WHY = {"reversal": "The cheque was not honoured.", "refund": "Paid twice."}


def build(builder, bills, payments):
    """Add them; `bills` and `payments` are what was loaded (school.seeds.money)."""
    rng = builder.rng("books")
    currency = builder.profile.settings["currency"]
    made = builder.at(builder.term_start, time(8))
    builder.load(
        "fees",
        ("id", "name", "code", "amount", "currency", "created_at", "updated_at"),
        [
            (new_id(rng), name, code, builder.profile.fee // share, currency, made, made)
            for name, code, share in FEES
        ],
    )
    builder.load(
        "sponsors",
        ("id", "name", "email", "created_at", "updated_at"),
        [(new_id(rng), name, "office@sponsor.example", made, made) for name in SPONSORS],
    )
    _counter_entries(builder, rng, bills, payments)
    _series(builder, rng, bills)
    _reminders(builder, rng, bills)
    builder.load(
        "closed_months",
        ("id", "month", "created_at", "updated_at"),
        [(new_id(rng), _month_before(bills[0].issued), made, made)],
    )


def _counter_entries(builder, rng, bills, payments):
    made = builder.at(builder.today, time(8))
    lead = builder.student.id
    others = [row for row in payments if row[2] != lead]
    kinds = ["reversal"] * REVERSED + ["refund"] * REFUNDED
    builder.load(
        "payment_reversals",
        ("id", "payment_id", "kind", "amount", "reason", "reversal_date", "recorded_by",
         "created_at", "updated_at"),
        [
            (new_id(rng), row[0], kind, row[3], WHY[kind], builder.today, builder.admins[0].id,
             made, made)
            for kind, row in zip(kinds, rng.sample(others, len(kinds)), strict=True)
        ],
    )  # fmt: skip
    paid = [bill for bill in bills if bill.fate == "paid" and bill.student.id != lead]
    builder.load(
        "credit_notes",
        ("id", "invoice_id", "credit_note_number", "amount", "reason", "credit_date",
         "recorded_by", "created_at", "updated_at"),
        [
            (new_id(rng), bill.id, f"CN-{builder.today.year}-{number:04}", bill.amount // 4,
             "Left a class during the term.", builder.today, builder.admins[0].id, made, made)
            for number, bill in enumerate(rng.sample(paid, CREDITED), start=1)
        ],
    )  # fmt: skip


def _reminders(builder, rng, bills):
    """The longest unpaid were reminded of once; of one student nobody is reminded."""
    made = builder.at(builder.today, time(8))
    unpaid = [
        bill
        for bill in sorted(bills, key=lambda bill: bill.due)
        if bill.fate == "unpaid" and bill.due < builder.today
    ]
    builder.load(
        "payment_reminders",
        ("id", "invoice_id", "stage", "reminder_date", "sent_to", "subject", "message",
         "recorded_by", "created_at", "updated_at"),
        [
            (new_id(rng), bill.id, 1, min(bill.due + timedelta(days=7), builder.today),
             "The family", f"Reminder: invoice {bill.number}",
             f"Invoice {bill.number} was due on {bill.due}. Please pay it.", builder.admins[0].id,
             made, made)
            for bill in unpaid[:REMINDED]
        ],
    )  # fmt: skip
    builder.load(
        "reminder_opt_outs",
        ("id", "student_id", "reason", "recorded_by", "created_at", "updated_at"),
        [
            (new_id(rng), bill.student.id, "The family pays in parts, as agreed.",
             builder.admins[0].id, made, made)
            for bill in unpaid[REMINDED : REMINDED + 1]
        ],
    )  # fmt: skip


def _series(builder, rng, bills):
    """Numbers go on after the last one of each year."""
    last = {bill.issued.year: int(bill.number.rsplit("-", 1)[1]) for bill in bills}
    rows = [("invoice", year, number) for year, number in sorted(last.items())]
    rows.append(("credit_note", builder.today.year, CREDITED))
    builder.load(
        "number_series",
        ("id", "kind", "year", "last_number"),
        [(new_id(rng), *row) for row in rows],
    )


def _month_before(day):
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
