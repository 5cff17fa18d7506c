"""The students' own page."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from academics.models import Assignment, ClassSession, Enrollment, SchoolClass
from core.defaults import today
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice
from portal.selectors import home
from portal.selectors import student as selectors
from tests.pages import shown


@pytest.fixture
def school(cast):
    """School A with a day for its students: each class meets, gives homework and is invoiced."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        for school_class, name in [(cast.a.school_class, "own"), (cast.a.other_class, "foreign")]:
            ClassSession.objects.create(
                school_class=school_class,
                session_date=today(),
                start_time=time(8),
                end_time=time(9),
                topic=f"{name} topic",
            )
            Assignment.objects.create(
                school_class=school_class,
                title=f"{name} homework",
                type="homework",
                due_date=today() + timedelta(days=3),
            )
    return cast.a


def test_a_student_sees_all_that_is_theirs(school, client, sign_in):
    sign_in(client, school, school.student)
    page = shown(client.get("/"))
    for expected in [
        "own topic",
        "own homework",
        school.school_class.name,
        "essay",
        "17 / 20",
        school.invoice.invoice_number,
        "60.00 USD",
        "100 %",
    ]:
        assert expected in page


def test_a_student_sees_nothing_of_another(school, client, sign_in):
    sign_in(client, school, school.student)
    page = client.get("/").content.decode()
    for foreign in [
        "foreign topic",
        "foreign homework",
        school.other_class.name,
        "other_essay",
        school.other_invoice.invoice_number,
        school.other_student.name,
    ]:
        assert foreign not in page


@pytest.mark.parametrize("times", [1, 3])
def test_the_number_of_queries_does_not_grow(
    school, client, sign_in, times, django_assert_num_queries
):
    with tenant_context(school.tenant, school.admin):
        for number in range(times):
            ClassSession.objects.create(
                school_class=school.school_class,
                session_date=today(),
                start_time=time(10 + number),
                end_time=time(11 + number),
            )
    sign_in(client, school, school.student)
    client.get("/login/")  # finds the host
    # Savepoint and its release; session, person and context before the view; six lists (of
    # which that of results has the number of unread ones), names of teachers.
    with django_assert_num_queries(13):
        client.get("/")


def test_a_new_student_sees_that_nothing_is_there_yet(cast, client, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        new = User.objects.create_user("new@school-a.example", name="New One", role="student")
    sign_in(client, cast.a, new)
    page = client.get("/").content.decode()
    for sentence in [
        "Hello New",
        "No classes today.",
        "Nothing is due.",
        "No enrollment in a class yet.",
        "No grades yet.",
        "Nothing to pay.",
    ]:
        assert sentence in page


def test_dropped_classes_are_gone_and_completed_ones_stay(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(status="completed")
        Enrollment.objects.filter(pk=cast.a.other_enrollment.pk).update(status="dropped")
    with tenant_context(cast.a.tenant, cast.a.student):
        assert [e.pk for e in selectors.classes(cast.a.student)] == [cast.a.enrollment.pk]
    with tenant_context(cast.a.tenant, cast.a.other_student):
        assert list(selectors.classes(cast.a.other_student)) == []


def test_a_grade_stays_when_its_class_is_over(cast, client, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        type(cast.a.school_class).objects.filter(pk=cast.a.school_class.pk).update(
            status="completed"
        )
    sign_in(client, cast.a, cast.a.student)
    page = client.get("/").content.decode()
    assert "In an earlier class" in page
    assert "17" in page


def test_handed_in_work_is_not_due_any_more(school):
    with tenant_context(school.tenant, school.student):
        [homework] = home.assignments_due(school.student.pk, today())
        homework.submissions.create(student=school.student)
        assert home.assignments_due(school.student.pk, today()) == []


def test_what_is_still_to_pay(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Invoice.objects.create(
            invoice_number="NEW-1",
            student=cast.a.student,
            amount=Decimal("5.00"),
            due_date=today() + timedelta(days=5),
        )
    with tenant_context(cast.a.tenant, cast.a.student):
        balances = {i.invoice_number: i.balance for i in home.open_invoices(cast.a.student.pk)}
    assert balances == {
        cast.a.invoice.invoice_number: Decimal("60.00"),
        "NEW-1": Decimal("5.00"),
    }


@pytest.mark.parametrize("name", ["my_today", "my_classes"])
def test_a_coming_class_stands_apart(cast, client, sign_in, name):
    with tenant_context(cast.a.tenant, cast.a.admin):
        day = today()
        copy = SchoolClass.objects.create(
            name=cast.a.school_class.name, start_date=day + timedelta(days=40)
        )
        Enrollment.objects.create(
            student=cast.a.student, school_class=copy, enrollment_date=copy.start_date
        )
    sign_in(client, cast.a, cast.a.student)
    address = f"{reverse(name)}?term=all"
    page = client.get(address)
    shown = [[e.school_class_id for e in page.context[key]] for key in ("enrollments", "coming")]
    assert shown == [[cast.a.school_class.pk], [copy.pk]]
    assert f"from {date_format(copy.start_date, 'j M Y')}" in page.content.decode()
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(
            end_date=day - timedelta(days=1)
        )
    page = client.get(address)
    assert [e.is_over for e in page.context["enrollments"]] == [True]
    with tenant_context(cast.a.tenant, cast.a.student):
        active = Enrollment.objects.active()
        assert (active.count(), active.current(day).count()) == (2, 0)
