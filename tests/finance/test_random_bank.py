"""Whatever files of the bank are imported, in whatever order and overlap: each line is posted once.

A file has whole days, its lines in any order, and of other days what has a reference of the bank.
"""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.bank.lines import BankFile, line
from finance.models import BankTransaction, Payment
from finance.selectors import bank
from finance.services import bank_posting, bank_statements
from tests.finance.conftest import bill

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]
BOOKINGS = st.lists(
    st.tuples(
        st.sampled_from(DAYS),
        st.sampled_from(["5.00", "10.00", "-3.00"]),
        st.sampled_from(["Lunch", "Bill OPEN-1"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@st.composite
def periods(draw):
    """Return (what the bank booked, files of it)."""
    lines = [
        line(
            booking_date=day,
            amount=Decimal(amount),
            currency="USD",
            account="DE1",
            party="Anna",
            message=text,
            bank_reference=f"R{number}" if has_reference else "",
        )
        for number, (day, amount, text, has_reference) in enumerate(draw(BOOKINGS))
    ]
    files = []
    for _number in range(draw(st.integers(1, 4))):
        days = draw(st.sets(st.sampled_from(DAYS)))
        extra = draw(st.sets(st.sampled_from(range(len(lines)))))
        chosen = [
            row
            for place, row in enumerate(lines)
            if row.booking_date in days or (row.bank_reference and place in extra)
        ]
        if chosen:
            files.append(draw(st.permutations(chosen)))
    return files


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=periods())
def test_each_line_is_posted_once(school, invoice, files):
    with transaction.atomic():
        open_one = bill(school, "OPEN-1", amount=7)
        for lines in files * 2:
            imported = bank_statements.import_file(
                file=BankFile("csv", lines, []), filename="a.csv", digest=uuid4().hex * 2
            )
            post_all(imported.statement, open_one)
        # Of lines that are alike, as many as the file with most of them has.
        expected = Counter()
        for lines in files:
            expected |= Counter(lines)
        booked = BankTransaction.objects.filter(account="DE1", party="Anna")
        assert booked.count() == expected.total()
        came = sorted(row.amount for row in expected.elements() if row.amount > 0)
        posted = Payment.objects.filter(payment_method="bank_transfer")
        assert sorted(posted.values_list("amount", flat=True)) == came
        transaction.set_rollback(True)


def post_all(statement, first):
    """Post what is open: by the proposal, else for a new invoice."""
    rows = list(bank.lines(statement, bank.OPEN))
    reviews = bank.review(rows)
    choices = {}
    for number, review in enumerate(reviews):
        proposed = review.proposals[0].invoice if review.proposals else None
        chosen = proposed or bill(first, f"NEW-{statement.pk.hex[:6]}-{number}", amount=5)
        choices[review.line.pk] = chosen.pk
    token = uuid4()
    assert len(bank_posting.post(choices=choices, token=token)) == len(rows)
    assert bank_posting.post(choices=choices, token=token) == []
