"""A statement of the bank: two payments that wait, what was posted, and what is no family's."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from core.rls import tenant_context
from finance.bank.lines import BankFile, Line, line
from finance.models import Invoice
from finance.services import bank_posting, bank_statements

ACCOUNT = "GB33BUKB20201555555555"
TOKEN = UUID("00000000-0000-4000-8000-000000000017")  # of no form


def build(builder):
    """Import it in the admin's name."""
    with tenant_context(builder.tenant, builder.account()):
        rows = Invoice.objects.open().exclude(student_id=builder.student.id)
        invoices = list(rows.select_related("student").order_by("-issue_date", "id")[:3])
        day = builder.today - timedelta(days=1)
        file = BankFile("csv", _lines(invoices, day), [])
        imported = bank_statements.import_file(
            file=file, filename=f"statement-{day:%Y-%m}.csv", digest="0" * 64
        )
        first, loan = imported.statement.transactions.order_by("line_number")[:2]
        bank_posting.post(choices={first.pk: invoices[0].pk}, token=TOKEN)
        bank_posting.ignore(line=loan, reason="A grant of the city, booked by the accountant.")


def _lines(invoices, day):
    posted, plain, vague = invoices
    return [
        _transfer(posted, day, 1, f"Invoice {posted.invoice_number}"),
        _other(posted, day, 2, "City council", Decimal(5000), "Grant for the library"),
        _transfer(plain, day, 3, f"inv. {plain.invoice_number.replace('-', ' ')} thank you"),
        _transfer(vague, day, 4, "School fees"),
        _other(posted, day, 5, "Power company", Decimal(-240), "Electricity"),
    ]


def _transfer(invoice: Invoice, day, number: int, message: str) -> Line:
    name = invoice.student.name.upper()
    return _other(invoice, day, number, name, invoice.balance, message)


def _other(invoice: Invoice, day, number: int, name: str, amount: Decimal, message: str) -> Line:
    return line(
        booking_date=day,
        amount=amount,
        currency=invoice.currency,
        account=ACCOUNT,
        party=name,
        message=message,
        bank_reference=f"{day:%Y%m%d}-{number:04}",
    )
