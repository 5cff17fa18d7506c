"""Invoices in every state, and their payments."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from psycopg.types.json import Jsonb

from school.seeds import books
from school.seeds.builder import new_id

LABORATORY = {"Science", "Art", "Computer Science"}  # subjects with a fee for materials
TERMS_OF_PAYMENT = 30  # days

INVOICE_COLUMNS = (
    "id", "invoice_number", "student_id", "amount", "currency", "description", "line_items",
    "issue_date", "due_date", "status", "created_at", "updated_at",
)  # fmt: skip
PAYMENT_COLUMNS = (
    "id", "invoice_id", "student_id", "amount", "currency", "payment_method", "transaction_id",
    "payment_date", "notes", "recorded_by", "created_at", "updated_at",
)  # fmt: skip


@dataclass(eq=False)
class Bill:
    """An invoice; `fate` is paid, instalments, partial, unpaid or cancelled."""

    id: UUID
    number: str
    student: object
    description: str
    items: list
    amount: Decimal
    issued: date
    due: date
    fate: str


def build(builder):
    """Add the invoices of the term (two instalments), some older ones, and their payments."""
    bills = sorted(_bills(builder), key=lambda bill: bill.issued)
    for number, bill in enumerate(bills, start=1):
        bill.number = f"INV-{bill.issued.year}-{number:05}"
    builder.load("invoices", INVOICE_COLUMNS, (_invoice_row(builder, bill) for bill in bills))
    # Payments after them: their trigger makes an invoice paid.
    payments = list(_payment_rows(builder, bills))
    builder.load("payments", PAYMENT_COLUMNS, payments)
    books.build(builder, bills, payments)


def _bills(builder):
    rng = builder.rng("invoices")
    for student in builder.students:
        sections = [s for s in student.classes if s.status == "active"]
        if not sections:
            continue
        lead = student is builder.student
        first = builder.term_start + timedelta(days=rng.randint(-10, 25))
        fate = rng.choices(
            ("paid", "instalments", "partial", "unpaid", "cancelled"), (66, 12, 8, 10, 4)
        )[0]
        items = [("Registration", 1, builder.profile.fee // 8), *_tuition(builder, sections)]
        yield _bill(
            rng, builder, student, "Tuition, first half of the term", items, first,
            "paid" if lead else fate,
        )  # fmt: skip
        second = builder.today - timedelta(days=rng.randint(3, 25))
        fate = rng.choices(("paid", "partial", "unpaid"), (40, 15, 45))[0]
        yield _bill(
            rng, builder, student, "Tuition, second half of the term",
            _tuition(builder, sections), second, "partial" if lead else fate,
        )  # fmt: skip
        if rng.random() < 0.08 or lead:
            trip = builder.today - timedelta(days=rng.randint(35, 150))
            yield _bill(
                rng, builder, student, "Museum trip", [("Bus and ticket", 1, 18)], trip,
                "unpaid" if lead else rng.choice(("unpaid", "paid", "partial")),
            )  # fmt: skip


def _tuition(builder, sections):
    fee = builder.profile.fee
    for section in sections:
        yield (f"Tuition: {section.name}", 1, fee)
        if section.course.subject in LABORATORY:
            yield (f"Materials: {section.course.subject}", 2, Decimal(fee) / 16)


def _bill(rng, builder, student, description, items, issued, fate):
    items = [
        {"description": text, "quantity": quantity, "unit_price": float(price)}
        for text, quantity, price in items
    ]
    amount = sum(Decimal(str(it["unit_price"])) * it["quantity"] for it in items)
    issued = min(issued, builder.today - timedelta(days=1))
    due = issued + timedelta(days=TERMS_OF_PAYMENT)
    return Bill(new_id(rng), "", student, description, items, amount, issued, due, fate)


def _invoice_row(builder, bill):
    made = builder.at(bill.issued, time(9, 30))
    late = bill.due < builder.today
    status = "cancelled" if bill.fate == "cancelled" else "overdue" if late else "pending"
    return (
        bill.id, bill.number, bill.student.id, bill.amount, builder.profile.settings["currency"],
        bill.description, Jsonb(bill.items), bill.issued, bill.due, status, made, made,
    )  # fmt: skip


def _payment_rows(builder, bills):
    rng = builder.rng("payments")
    for bill in bills:
        for share, day in _shares(rng, builder, bill):
            yield _payment(rng, builder, bill, share, day)


def _shares(rng, builder, bill):
    """Return [(amount, day), ...] of what was paid, the days after the issue and until today."""
    window = min(TERMS_OF_PAYMENT + 12, (builder.today - bill.issued).days)
    days = sorted(bill.issued + timedelta(days=rng.randint(0, window)) for _ in range(2))
    half = (bill.amount / 2).quantize(Decimal("1"))
    return {
        "paid": [(bill.amount, days[0])],
        "instalments": [(half, days[0]), (bill.amount - half, days[1])],
        "partial": [(half, days[0])],
    }.get(bill.fate, [])


def _payment(rng, builder, bill, amount, day):
    method = rng.choices(("stripe", "bank_transfer", "cash", "card", "cheque"), (45, 30, 12, 8, 5))[
        0
    ]
    reference = {
        "stripe": f"pi_{rng.getrandbits(80):020x}",
        "bank_transfer": f"BT{rng.randint(10**8, 10**9 - 1)}",
    }.get(method)
    made = builder.at(day, time(rng.randint(8, 16), rng.randint(0, 59)))
    return (
        new_id(rng), bill.id, bill.student.id, amount, builder.profile.settings["currency"],
        method, reference, day, "Paid at the office" if method in ("cash", "card") else None,
        None if method == "stripe" else rng.choice(builder.admins).id, made, made,
    )  # fmt: skip
