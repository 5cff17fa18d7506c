from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.factories.committed import committed  # noqa: F401 - a fixture

PAST, FUTURE = date(2026, 2, 5), date(2126, 2, 5)


@pytest.fixture
def school(cast):
    """School A in its admin's context."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def bill(school, number="N-1", amount=100, **fields):
    """An issued invoice of the student, due far in the future."""
    usual = {"student": school.student, "issue_date": date(2026, 1, 5), "due_date": FUTURE}
    return Invoice.objects.create(**usual | {"invoice_number": number, "amount": amount} | fields)


def pay(invoice, amount, **fields):
    """A payment of the specification's shape, for one invoice."""
    return Payment.objects.create(
        **{
            "invoice": invoice,
            "student": invoice.student,
            "amount": Decimal(amount),
            "payment_method": "cash",
        }
        | fields
    )


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def status(invoice):
    return fresh(invoice).status


def sums(invoice):
    """Return (paid, credited, balance, status) as text."""
    row = fresh(invoice)
    return tuple(map(str, (row.paid, row.credited, row.balance, row.status)))


def refusal(do):
    """Return the constraint and the column that refuse `do`."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        do()
    diag = error.value.__cause__.diag
    return diag.constraint_name, diag.column_name


def change(row, **fields):
    return type(row).objects.filter(pk=row.pk).update(**fields)


def sql(query, *params):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def use_settings(school, **settings):
    """Give the school other settings."""
    school.tenant.settings = settings
    school.tenant.save(update_fields=["settings"])


@pytest.fixture
def invoice(school):
    """100 USD, due far in the future, nothing paid."""
    return bill(school)
