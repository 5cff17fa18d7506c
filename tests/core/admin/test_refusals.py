"""What the database refuses is a sentence at its field, and nothing of it was saved."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Assignment, Attendance, Enrollment, SchoolClass
from core.constraints import RULES
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.core.junk import Page, Walker

pytestmark = pytest.mark.django_db


def url(model, name, row=None):
    args = [] if row is None else [row.pk]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def sentence(constraint):
    return str(RULES[constraint][1])


def form_data(client, address):
    """Return what the page at `address` would send if nothing were typed."""
    context = client.get(address).context
    data = {}
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for name in form.fields:
            value = form[name].value()
            if hasattr(value, "isoformat"):
                value = value.isoformat()
            if value is not None and value is not False and not isinstance(value, dict | list):
                data[form.add_prefix(name)] = value
    return data


@pytest.fixture
def office(client, cast, sign_in):
    """Return the client of an admin of school A."""
    return sign_in(client, cast.a, cast.a.admin)


def errors(response):
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def row_errors(response, inline=0):
    assert response.status_code == 200
    formset = response.context["inline_admin_formsets"][inline].formset
    return [dict(form.errors) for form in formset.forms]


PERSON = {"name": "New", "role": "student", "phone": "", "avatar_url": ""}
CLASS = {"name": "New", "capacity": 5, "start_date": "2026-01-05", "status": "active"}
NO_ROWS = {
    f"{prefix}-{name}": 0
    for prefix in (
        "schedules",
        "enrollments",
        "lines",
        "allocations",
        "credit_notes",
        "attendance",
        "submissions",
        "grades",
    )  # fmt: skip
    for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.mark.parametrize(
    ("email", "constraint"),
    [
        ("STUDENT@school-a.example", "idx_users_tenant_email"),
        ("not an address", "check_email_format"),
    ],
)
def test_the_email_of_a_new_person(office, email, constraint):
    response = office.post(url(User, "add"), PERSON | {"email": email})
    assert errors(response) == {"email": [sentence(constraint)]}
    assert response.context["adminform"].form["name"].value() == "New"


def test_another_schools_email_is_free(office, cast):
    address = url(User, "add")
    assert office.post(address, PERSON | {"email": cast.b.student.email}).status_code == 302


def test_a_taken_email_in_a_change(office, cast):
    address = url(User, "change", cast.a.student)
    data = form_data(office, address) | {"email": cast.a.teacher.email, "name": "Changed"}
    assert errors(office.post(address, data)) == {"email": [sentence("idx_users_tenant_email")]}
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.student.pk).name == "Student"


def test_capacity_below_enrolled(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.create(student=cast.a.other_student, school_class=cast.a.school_class)
    address = url(SchoolClass, "change", cast.a.school_class)
    response = office.post(address, form_data(office, address) | {"capacity": 1})
    assert errors(response) == {"capacity": [sentence("check_capacity")]}


def test_a_class_that_ends_before_it_starts(office):
    data = CLASS | NO_ROWS | {"end_date": "2026-01-04", "name": ""}
    response = office.post(url(SchoolClass, "add"), data)
    # With the other errors of the form, not one after the other.
    assert errors(response) == {
        "name": ["This field is required."],
        "end_date": [sentence("check_dates")],
    }


ENROLLMENT = {"enrollment_date": "2026-01-05", "status": "active"}


def test_a_student_twice_in_a_class(office, cast):
    data = ENROLLMENT | {"student": cast.a.student.pk, "school_class": cast.a.school_class.pk}
    response = office.post(url(Enrollment, "add"), data)
    assert errors(response) == {"student": [sentence("idx_enrollments_student_class")]}


def test_a_full_class(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
    data = ENROLLMENT | {"student": cast.a.other_student.pk, "school_class": cast.a.school_class.pk}
    response = office.post(url(Enrollment, "add"), data)
    assert errors(response) == {"school_class": [sentence("class_is_full")]}


def add_row(data, prefix, values):
    number = int(data[f"{prefix}-TOTAL_FORMS"])
    row = {f"{prefix}-{number}-{name}": value for name, value in values.items()}
    return data | row | {f"{prefix}-TOTAL_FORMS": number + 1}


def test_a_full_class_and_a_student_twice_in_the_class_page(office, cast):
    address = url(SchoolClass, "change", cast.a.school_class)
    data = form_data(office, address)
    twice = add_row(data, "enrollments", ENROLLMENT | {"student": cast.a.student.pk})
    response = office.post(address, twice | {"name": "Changed"})
    assert row_errors(response, 1) == [
        {},
        {"student": [sentence("idx_enrollments_student_class")]},
    ]
    full = add_row(data, "enrollments", ENROLLMENT | {"student": cast.a.other_student.pk})
    response = office.post(address, full | {"name": "Changed", "capacity": 1})
    # There is no field for the class in its own page: the row says it.
    assert row_errors(response, 1) == [{}, {"__all__": [sentence("class_is_full")]}]
    with tenant_context(cast.a.tenant, cast.a.admin):
        kept = SchoolClass.objects.get(pk=cast.a.school_class.pk)
        assert (kept.name, kept.capacity, kept.enrolled_count) == ("Own Class", 20, 1)


PAYMENT = {"payment_method": "cash", "payment_date": "2026-02-01"}


@pytest.mark.parametrize(
    ("amount", "currency", "field", "constraint"),
    [
        ("61", "USD", "amount", "payment_overpays"),
        ("0", "USD", "amount", "check_amount_positive"),
        ("10", "EUR", "currency", "payment_currency"),
    ],
)
def test_wrong_payments(office, cast, amount, currency, field, constraint):
    wrong = PAYMENT | {"amount": amount, "currency": currency}
    response = office.post(url(Payment, "add"), wrong | {"invoice": cast.a.invoice.pk})
    assert errors(response) == {field: [sentence(constraint)]}


def test_a_payment_of_a_cancelled_invoice(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        invoice = Invoice.objects.create(
            invoice_number="C",
            student=cast.a.student,
            amount=5,
            due_date=date(2027, 1, 1),
            status="cancelled",
        )
    data = PAYMENT | {"amount": 5, "currency": "USD", "invoice": invoice.pk}
    response = office.post(url(Payment, "add"), data)
    assert errors(response) == {"invoice": [sentence("payment_of_cancelled_invoice")]}


INVOICE = {"currency": "USD", "issue_date": "2026-02-01", "due_date": "2026-03-01"}


NO_NUMBER = "“two” is not a number. Write it like 1250.50 or 1,250.50."


def test_the_lines_of_a_draft(office, cast):
    data = INVOICE | NO_ROWS | {"student": cast.a.student.pk, "lines-TOTAL_FORMS": 0}
    books = {"description": "Books", "quantity": "2", "unit_price": "12,50"}
    rows = add_row(data, "lines", books)
    wrong = add_row(rows, "lines", books | {"discount_kind": "fixed"})
    response = office.post(url(Invoice, "add"), wrong)
    assert row_errors(response) == [{}, {"unit_price": [sentence("check_line_discount_amount")]}]
    response = office.post(url(Invoice, "add"), add_row(rows, "lines", books | {"quantity": "two"}))
    assert row_errors(response) == [{}, {"quantity": [NO_NUMBER]}]
    assert office.post(url(Invoice, "add"), rows | {"due_date": ""}).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        (draft,) = Invoice.objects.drafts()
        assert (draft.amount, draft.due_date) == (Decimal("25.00"), date(2026, 3, 3))
    address = url(Invoice, "change", draft)
    response = office.post(
        address, form_data(office, address) | {"finance_invoice_save_and_issue": "1"}
    )
    assert response.status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Invoice.objects.get(pk=draft.pk).invoice_number == "2026-00001"


def test_what_is_issued_is_not_deleted(office, cast):
    address = url(Invoice, "delete", cast.a.invoice)
    assert office.post(address, {"post": "yes"}).status_code == 403
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Invoice.objects.filter(pk=cast.a.invoice.pk).exists()


def test_a_due_date_in_the_list(office, cast):
    rows = [cast.a.assignment, cast.a.other_assignment]
    data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for number, row in enumerate(rows):
        data |= {
            f"form-{number}-id": row.pk,
            f"form-{number}-status": "closed",
            f"form-{number}-due_date": "2026-02-10" if number == 0 else "2020-01-01",
        }
    response = office.post(url(Assignment, "changelist"), data)
    assert response.status_code == 200
    errors = {form.instance.pk: dict(form.errors) for form in response.context["cl"].formset.forms}
    assert errors == {
        rows[0].pk: {},
        rows[1].pk: {"due_date": [sentence("check_assignment_dates")]},
    }
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert set(Assignment.objects.values_list("status", flat=True)) == {"active"}


def test_attendance_twice(office, cast):
    data = {"class_session": cast.a.session.pk, "student": cast.a.student.pk, "status": "late"}
    response = office.post(url(Attendance, "add"), data)
    assert errors(response) == {"student": [sentence("idx_attendance_session_student")]}


@pytest.mark.parametrize("field", ["student", "class_session"])
def test_another_schools_row_cannot_be_chosen(office, cast, field):
    data = {
        "class_session": cast.a.session.pk,
        "student": cast.a.other_student.pk,
        "status": "late",
    }
    foreign = {"student": cast.b.student.pk, "class_session": cast.b.session.pk}
    response = office.post(url(Attendance, "add"), data | {field: foreign[field]})
    assert list(errors(response)) == [field]


def test_only_what_was_changed_is_written(office, cast):
    """What somebody else saves at the same moment in another column stays."""
    address = url(User, "change", cast.a.student)
    page = Page(address, office.get(address).content.decode())
    [form] = [form for form in page.forms if "phone" in form.values]
    data = Walker.kept(form)
    for sent, columns in ((data, []), (data | {"phone": "+49 30 7"}, [{"phone"}])):
        with CaptureQueriesContext(connection) as queries:
            assert office.post(address, sent).status_code == 302
        updates = [
            statement["sql"].partition(" WHERE ")[0]
            for statement in queries
            if statement["sql"].startswith('UPDATE "users" SET')
        ]
        assert [set(re.findall(r'"(\w+)" = ', update)) for update in updates] == columns
