"""Invoices: drafts with lines, issued with a number and frozen, cancelled, credited."""

from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection

from core.models import Tenant
from core.rls import tenant_context
from finance.currencies import exponents
from finance.models import CreditNote, Invoice, InvoiceLine
from finance.services import invoices
from tests.factories.committed import insert
from tests.finance.conftest import (
    FUTURE,
    PAST,
    bill,
    change,
    fresh,
    pay,
    refusal,
    sql,
    status,
    sums,
    use_settings,
)
from tests.refusals import refused_by

pytestmark = pytest.mark.database


def draft(school, **fields):
    return bill(school, number=None, **fields)


def line(invoice, price, quantity=1, **fields):
    return InvoiceLine.objects.create(
        invoice=invoice,
        description=fields.pop("description", "Tuition"),
        quantity=quantity,
        unit_price=Decimal(price),
        **fields,
    )


def credit(invoice, amount, **fields):
    return CreditNote.objects.create(
        invoice=invoice, amount=Decimal(amount), reason="agreed", **fields
    )


# Drafts and lines ---------------------------------------------------------------------------------


def test_a_number_makes_it_an_issued_invoice(school):
    assert fresh(draft(school)).is_draft
    assert fresh(draft(school, status="overdue")).status == "pending"
    issued = fresh(bill(school))
    assert (issued.is_draft, issued.status) == (False, "pending")
    assert fresh(bill(school, "")).is_draft


def test_the_lines_make_a_drafts_amount_and_items(school):
    made = draft(school, amount=0)
    line(made, "33.335", 3, description="Hours")
    discount = line(made, "-10", discount_kind="sibling", description="Siblings", position=2)
    row = fresh(made)
    assert str(row.amount) == "90.01"  # 100.005 is rounded up
    assert row.line_items == [
        {"description": "Hours", "quantity": "3", "unit_price": "33.335"},
        {"description": "Siblings", "quantity": "1", "unit_price": "-10"},
    ]
    assert str(fresh(discount).amount) == "-10.00"
    change(discount, unit_price=Decimal("-20"))
    assert str(fresh(made).amount) == "80.01"
    InvoiceLine.objects.filter(invoice=made).delete()
    assert (fresh(made).amount, fresh(made).line_items) == (0, [])


def test_a_discount_is_below_zero_and_the_sum_is_not(school):
    made = draft(school, amount=0)
    assert refusal(lambda: line(made, 10, discount_kind="fixed"))[0] == "check_line_discount_amount"
    assert refusal(lambda: line(made, -10, discount_kind="fixed"))[0] == "check_invoice_amount"


def test_items_that_are_written_become_lines(school):
    items = [{"description": "Bus", "quantity": 2, "unit_price": "25.00"},
             {"quantity": "1", "unit_price": 50}]  # fmt: skip
    made = bill(school, line_items=items)
    lines = [(row.description, str(row.amount)) for row in made.lines.all()]
    assert lines == [("Bus", "50.00"), ("", "50.00")]
    assert fresh(made).line_items == items
    unissued = draft(school, line_items=items)
    change(unissued, line_items=[{"description": "Trip", "quantity": 1, "unit_price": 7}], amount=7)
    assert [row.description for row in unissued.lines.all()] == ["Trip"]


@pytest.mark.parametrize(
    ("items", "accepted"),
    [
        (None, True),
        ([], True),
        ([{"description": "Fee", "quantity": 2, "unit_price": "50.00"}], True),
        ([{"quantity": 1, "unit_price": 60}, {"quantity": "0.5", "unit_price": 80}], True),
        ([{"description": "Fee", "quantity": 1, "unit_price": 99}], False),
        ([{"quantity": 1, "unit_price": 100}, {"description": "free of a price"}], False),
        ([{"quantity": 1, "unit_price": 100}, {"quantity": None, "unit_price": 1}], False),
        ([{"description": "Fee"}], False),
        ([100], False),
        ({"quantity": 1, "unit_price": 100}, False),
        ("100", False),
        ([{"quantity": "one", "unit_price": 100}], False),
    ],
)
def test_line_items_make_the_amount(school, items, accepted):
    if accepted:
        assert bill(school, line_items=items).lines.count() == len(items or [])
    else:
        assert refusal(lambda: bill(school, line_items=items))[0] == "check_line_items"


# Issued -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", 99),
        ("currency", "EUR"),
        ("description", "other"),
        ("line_items", []),
        ("issue_date", date(2026, 1, 6)),
        ("due_date", date(2126, 1, 6)),
        ("invoice_number", "N-9"),
    ],
)
def test_what_was_issued_stays(invoice, column, value):
    assert refusal(lambda: change(invoice, **{column: value})) == ("invoice_is_issued", column)


def test_neither_its_sums_nor_its_lines_nor_itself_are_changed(school, invoice):
    for column in ("paid", "credited"):
        assert refusal(lambda: change(invoice, **{column: 1}))[0] == "invoice_is_issued"  # noqa: B023
    assert refusal(lambda: line(invoice, 1))[0] == "invoice_is_issued"
    assert refusal(lambda: change(invoice, student=school.other_student))[0] == "invoice_is_issued"
    assert refusal(lambda: change(invoice, issued_at=None))[0] == "invoice_is_issued"
    assert refusal(lambda: Invoice.objects.filter(pk=invoice.pk).delete())[0] == "invoice_is_issued"
    draft(school).delete()


def test_its_status_follows_whatever_is_written(school):
    assert status(bill(school, "A", status="paid")) == "pending"
    assert status(bill(school, "B", due_date=PAST, status="paid")) == "overdue"
    assert status(bill(school, "C", amount=0)) == "paid"
    assert status(bill(school, "D", status="cancelled")) == "cancelled"
    covered = bill(school, "E")
    assert refusal(lambda: change(covered, status="paid")) == ("invoice_not_covered", "status")
    pay(covered, 100)
    for left_open in ("pending", "overdue"):
        change(covered, status=left_open)
        assert status(covered) == "paid"


def test_an_invoices_amount_is_not_negative(school):
    assert refusal(lambda: bill(school, amount=Decimal("-0.01")))[0] == "check_invoice_amount"


# Cancelled, credited ------------------------------------------------------------------------------


def test_an_unpaid_invoice_is_cancelled_for_good(school, invoice):
    change(invoice, status="cancelled", cancel_reason="twice")
    row = fresh(invoice)
    assert (row.status, row.balance, row.cancelled_on) == ("cancelled", 0, school.tenant.today())
    assert refusal(lambda: change(invoice, status="pending")) == ("invoice_is_cancelled", "status")
    assert refusal(lambda: credit(invoice, 1))[0] == "credit_note_of_no_invoice"


def test_a_paid_invoice_is_cancelled_by_a_credit_note(invoice):
    payment = pay(invoice, 60)
    assert refusal(lambda: change(invoice, status="cancelled")) == (
        "invoice_has_payments", "status",
    )  # fmt: skip
    invoices.cancel(invoice=invoice, reason="moved away")
    assert sums(invoice) == ("0.00", "100.00", "0", "cancelled")
    assert (str(fresh(payment).unallocated), fresh(invoice).cancel_reason) == (
        "60.00",
        "moved away",
    )


def test_what_was_paid_above_what_it_asks_is_credit(school, invoice):
    first = pay(invoice, 70)
    second = pay(invoice, 20)
    credit(invoice, 20)
    assert sums(invoice) == ("80.00", "20.00", "0.00", "paid")
    credit(invoice, 30)
    assert sums(invoice) == ("50.00", "50.00", "0.00", "paid")
    # The latest payments first.
    assert [str(fresh(p).unallocated) for p in (first, second)] == ["20.00", "20.00"]
    assert refusal(lambda: credit(invoice, "50.01")) == ("credit_note_exceeds_invoice", "amount")


def test_a_credit_note_has_a_number_a_reason_and_a_day(school, invoice):
    year = school.tenant.today().year
    assert [fresh(credit(invoice, 1)).credit_note_number for _ in range(2)] == [
        f"CN-{year}-0001", f"CN-{year}-0002",
    ]  # fmt: skip
    assert refusal(lambda: credit(invoice, 1, credit_date=date(2026, 1, 4)))[0] == (
        "credit_note_before_invoice"
    )
    assert refusal(lambda: credit(invoice, 0))[0] == "check_credit_note_amount"
    assert refusal(lambda: CreditNote.objects.create(invoice=invoice, amount=1, reason=" "))[0] == (
        "check_credit_note_reason"
    )
    assert refusal(lambda: credit(draft(school), 1))[0] == "credit_note_of_no_invoice"


# Numbers ------------------------------------------------------------------------------------------


def issue(*rows):
    invoices.issue(rows)
    return [fresh(row).invoice_number for row in rows]


def test_numbers_follow_each_other_in_a_school_and_year(cast, school):
    assert issue(draft(school), draft(school)) == ["2026-00001", "2026-00002"]
    assert issue(draft(school, issue_date=date(2027, 1, 1))) == ["2027-00001"]
    assert issue(draft(school)) == ["2026-00003"]
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert issue(draft(cast.b)) == ["2026-00001"]


def test_the_pattern_is_the_schools_and_numbers_by_hand_are_passed_over(school):
    use_settings(school, invoice_numbers="R##/YYYY")
    bill(school, "R02/2026")
    assert issue(draft(school), draft(school)) == ["R01/2026", "R03/2026"]
    use_settings(school, invoice_numbers="R")
    assert issue(draft(school), draft(school, issue_date=date(2027, 1, 1))) == ["R1", "R2"]


def test_by_a_plain_update_it_gets_its_number_as_well(school):
    made = draft(school)
    sql("UPDATE invoices SET issued_at = now() WHERE id = %s", made.pk)
    assert fresh(made).invoice_number == "2026-00001"


def test_what_is_no_draft_is_not_issued(cast, school, invoice):
    unissued = draft(school)
    assert refusal(lambda: issue(unissued, invoice))[0] == "invoice_is_issued"
    assert fresh(unissued).is_draft
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert refusal(lambda: invoices.issue([unissued]))[0] == "invoice_is_issued"
    with tenant_context(school.tenant, school.teacher), refused_by("privilege"):
        invoices.issue([unissued])


def test_nobody_takes_a_number_in_a_query(school):
    with refused_by("privilege"):
        sql("SELECT app.next_numbers(%s, 'invoice', '2026-01-01', 5)", school.tenant.pk)
    with refused_by("privilege"):
        sql("UPDATE number_series SET last_number = 5")


def test_eight_issuers_at_once_leave_no_gap(committed):
    (student,) = committed.students(1)

    def issuing(db):
        for n in range(5):
            made = insert(
                db, "invoices", tenant_id=committed.tenant, student_id=student, amount=1,
                issue_date="2026-01-05", due_date="2026-02-05",
            )  # fmt: skip
            if n % 2:
                db.execute("CALL app.issue_invoices(%s)", [[made]])
            else:
                db.execute("UPDATE invoices SET issued_at = now() WHERE id = %s", [made])

    def failing(db):
        issuing(db)
        db.execute("SELECT 1/0")

    results = committed.race(*[issuing] * 8, failing)
    assert [type(r) for r in results if r] == [psycopg.errors.DivisionByZero]
    numbers = committed.db.execute("SELECT invoice_number FROM invoices ORDER BY 1").fetchall()
    assert numbers == [(f"2026-{n:05}",) for n in range(1, 41)]


def test_the_databases_currencies_are_the_librarys(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, app.currency_decimals(code) FROM"
            " (SELECT chr(a) || chr(b) || chr(c) FROM generate_series(65, 90) a,"
            "  generate_series(65, 90) b, generate_series(65, 90) c) codes(code)"
            " WHERE app.currency_decimals(code) IS NOT NULL"
        )
        assert dict(cursor.fetchall()) == exponents()


# Overdue ------------------------------------------------------------------------------------------


def marked():
    ((count,),) = sql("SELECT app.mark_overdue_invoices()")
    return count


def test_overdue_begins_the_day_after_the_due_date_at_the_school(school):
    Invoice.objects.filter(status="pending").update(status="overdue")
    today = school.tenant.today()
    due = {
        name: bill(school, name, issue_date=PAST, due_date=today - timedelta(days=days))
        for name, days in [("yesterday", 1), ("today", 0), ("tomorrow", -1)]
    }
    draft(school, due_date=PAST, issue_date=PAST)
    statuses = {"yesterday": "overdue", "today": "pending", "tomorrow": "pending"}
    assert marked() == 1
    assert {name: status(row) for name, row in due.items()} == statuses
    assert marked() == 0


def test_the_school_has_its_own_today(school):
    """Two zones that never share a date: it is always a day later in Kiritimati than in Midway."""
    days = {}
    for zone in ("Pacific/Midway", "Pacific/Kiritimati"):
        school.tenant.settings = {"timezone": zone}
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=school.tenant.settings)
        days[zone] = school.tenant.today()
        late = bill(
            school, f"{zone} late", issue_date=PAST, due_date=days[zone] - timedelta(days=1)
        )
        bill(school, zone, issue_date=PAST, due_date=days[zone])
        marked()
        assert (status(late), status(Invoice.objects.get(invoice_number=zone))) == (
            "overdue", "pending",
        )  # fmt: skip
    assert days["Pacific/Midway"] < days["Pacific/Kiritimati"]


def test_an_unknown_zone_is_utc(school):
    for n, settings in enumerate([{"timezone": "Mars/Base"}, {}, None]):
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=settings)
        assert status(bill(school, f"late {n}", due_date=PAST, status="paid")) == "overdue"
        assert status(bill(school, f"open {n}", due_date=FUTURE, status="paid")) == "pending"
