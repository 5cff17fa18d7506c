"""A statement of 5,000 lines at a school with thousands of open invoices."""

from datetime import date
from uuid import uuid4

import pytest

from finance.bank import table
from finance.models import Payment
from finance.selectors import bank
from finance.services import bank_posting, bank_statements
from tests.finance.conftest import sql

pytestmark = [pytest.mark.django_db, pytest.mark.scale]
LINES = 5_000


def test_thousands_of_lines_are_imported_reviewed_and_posted(school, tmp_path):
    sql(
        "INSERT INTO invoices (tenant_id, student_id, invoice_number, amount, issue_date, due_date)"
        " SELECT %s, %s, 'BIG-' || lpad(n::text, 6, '0'), 100 + n, '2026-03-01', '2126-03-01'"
        "   FROM generate_series(1, %s) n",
        school.tenant.pk, school.student.pk, LINES,
    )  # fmt: skip
    path = tmp_path / "big.csv"
    rows = (f"2026-03-{1 + n % 28:02},A,for BIG {n:06},{100 + n}.00\n" for n in range(1, LINES + 1))
    path.write_text("Date,Name,Description,Amount\n" + "".join(rows))
    lines = table.Table(path, "big.csv")
    file = table.read(lines, lines.guess({}), account="DE1", currency="USD", date_order="dmy")
    imported = bank_statements.import_file(file=file, filename="big.csv", digest="c" * 64)
    assert imported.added == LINES
    for _page in range(2):
        reviews = bank.review(list(bank.lines(imported.statement, bank.OPEN)[:500]))
        assert all(review.is_sure for review in reviews)
        choices = {row.line.pk: row.proposals[0].invoice.pk for row in reviews}
        bank_posting.post(choices=choices, token=uuid4())
    paid = Payment.objects.filter(payment_method="bank_transfer", allocated__gt=0)
    assert paid.count() == 1000
    assert not paid.filter(unallocated__gt=0).exists()
    assert paid.filter(payment_date=date(2026, 3, 1)).exists()
