"""The students' own pages, and the same for their guardians: who gets in, and what is on them."""

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.admin.term_filter import current_of
from academics.models import (
    Assignment,
    AssignmentWeight,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    Term,
    WaitlistEntry,
)
from core.defaults import today
from core.models import StudentGuardian, User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from finance.selectors import balances
from portal.selectors import own_terms
from tests.pages import shown
from tests.refusals import refused_by

# name of the page -> the attribute of the school whose id it takes
PAGES = {
    "today": None,
    "classes": None,
    "class": "school_class",
    "attendance": None,
    "absences": None,
    "grades": None,
    "invoices": None,
    "invoice": "invoice",
    "receipt": "payment",
}
# What would be somebody else's, on any of the pages.
OTHERS = ["other_class", "other_student", "other_invoice"]


def address(name, school, student=None, prefix=""):
    """The address of a page; about a guardian's child when `student` is given."""
    attribute = PAGES[name]
    args = [student.pk] if student else []
    if attribute:
        attribute = attribute if not prefix else prefix + attribute.removeprefix("school_")
        args.append(getattr(school, attribute).pk)
    return reverse(f"{'child' if student else 'my'}_{name}", args=args)


@pytest.mark.parametrize("name", PAGES)
def test_students_have_their_own_and_no_others(client, cast, sign_in, name):
    school = cast.a
    sign_in(client, school, school.student)
    page = client.get(address(name, school))
    assert page.status_code == 200
    text = page.content.decode()
    for other in OTHERS:
        assert str(getattr(school, other)) not in text
    assert client.get(address(name, school, school.student)).status_code == 404
    if PAGES[name]:
        assert client.get(address(name, school, prefix="other_")).status_code == 404
        assert client.get(address(name, cast.b)).status_code == 404
        assert client.get(reverse(f"my_{name}", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_guardians_have_their_childs_and_no_others(client, cast, sign_in, name):
    school = cast.a
    sign_in(client, school, school.guardian)
    page = client.get(address(name, school, school.student))
    assert page.status_code == 200
    text = page.content.decode()
    assert school.student.name in text
    for other in OTHERS:
        assert str(getattr(school, other)) not in text
    for foreign in (
        address(name, school),
        address(name, school, school.other_student),
        address(name, cast.b, cast.b.student),
    ):
        assert client.get(foreign).status_code == 404, foreign
    if PAGES[name]:  # one's own child, another's row
        strange = address(name, school, school.student, prefix="other_")
        assert client.get(strange).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_strangers_sign_in_and_staff_go_to_the_admin(client, cast, sign_in, name):
    own = address(name, cast.a)
    assert client.get(own, headers={"host": cast.a.host}).url.startswith("/login/?next=")
    sign_in(client, cast.a, cast.a.teacher)
    for url in (own, address(name, cast.a, cast.a.student)):
        assert client.get(url).url == reverse("admin:index")


@pytest.mark.parametrize("what", ["link", "access", "student", "account", "role"])
def test_a_guardian_who_may_no_longer_read_finds_nothing(client, cast, sign_in, what):
    school = cast.a
    sign_in(client, school, school.guardian)
    page = address("grades", school, school.student)
    assert client.get(page).status_code == 200
    with tenant_context(school.tenant, school.admin):
        links = StudentGuardian.objects.filter(pk=school.student_guardian.pk)
        if what == "link":
            links.delete()
        elif what == "access":
            links.update(portal_access=False)
        elif what == "student":
            User.objects.get(pk=school.student.pk).delete()
        elif what == "account":
            User.objects.filter(pk=school.guardian.pk).update(status="suspended")
        else:
            User.objects.filter(pk=school.guardian.pk).update(role="student")
    answer = client.get(page)
    if what == "account":
        assert answer.url.startswith("/login/")
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("status", "names"), [("active", ["Own Class"]), ("completed", ["Own Class"]), ("dropped", [])]
)
def test_a_child_keeps_its_completed_classes_and_no_others(client, cast, sign_in, status, names):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status=status)
    for person, page in [
        (school.guardian, address("classes", school, school.student)),
        (school.student, address("classes", school)),
    ]:
        sign_in(client, school, person)
        response = client.get(page)
        assert response.status_code == 200
        shown = re.findall(r"\b(?:Own|Other) Class\b", response.content.decode())
        assert sorted(set(shown)) == names


@pytest.mark.parametrize("url", ["/admin/", "/admin/core/user/", "/admin/reports/"])
def test_guardians_are_sent_home_from_the_admin(client, cast, sign_in, url):
    sign_in(client, cast.a, cast.a.guardian)
    answer = client.get(url, follow=True)
    assert answer.request["PATH_INFO"] == address("today", cast.a, cast.a.student)
    assert "That page is for the school" in answer.content.decode()


# --- the guardian's front door --------------------------------------------------------------------
def test_one_child_is_come_to_at_once(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.guardian)
    assert client.get("/").url == address("today", cast.a, cast.a.student)


@pytest.fixture
def two_children(cast):
    """School A, whose guardian has both students."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        StudentGuardian.objects.create(
            student=cast.a.other_student, guardian=cast.a.guardian_record, relation="other"
        )
    return cast.a


def news_of(school, times=1):
    """Give the other student an absence today, an assignment to hand in and an invoice."""
    with tenant_context(school.tenant, school.admin):
        for number in range(times):
            session = ClassSession.objects.create(
                school_class=school.other_class,
                session_date=today(),
                start_time=f"{8 + number:02}:00",
                end_time=f"{9 + number:02}:00",
            )
            Attendance.objects.create(
                class_session=session, student=school.other_student, status="absent"
            )
            Assignment.objects.create(
                school_class=school.other_class,
                title=f"Read chapter {number}",
                type="homework",
                due_date=today() + timedelta(days=1 + number),
            )
            Invoice.objects.create(
                invoice_number=f"N-{number}",
                student=school.other_student,
                amount=Decimal("5.00"),
                due_date=today() + timedelta(days=5),
            )


def test_several_children_are_listed_with_their_news(client, two_children, sign_in):
    school = two_children
    news_of(school)
    sign_in(client, school, school.guardian)
    page = shown(client.get("/"))
    for expected in [
        school.student.name,
        school.other_student.name,
        f"08:00 {school.other_class.name}",
        "Read chapter 0",
        "No absence recorded.",
        "1 overdue",
        "sign in at that school",
    ]:
        assert expected in page


@pytest.mark.parametrize("times", [1, 3])
def test_the_list_of_children_costs_the_same(
    client, two_children, sign_in, times, django_assert_num_queries
):
    news_of(two_children, times)
    sign_in(client, two_children, two_children.guardian)
    client.get("/login/")
    # Two savepoints, session, person and context before the view; children and five of news.
    with django_assert_num_queries(12):
        client.get("/")


def late_of(school):
    """Give the other student work that is late and absences of the last days; return the dates."""
    day = school.tenant.today()
    with tenant_context(school.tenant, school.admin):
        for title, due, more in [
            ("Late homework", 3, {}),
            ("Closed homework", 3, {"closes_automatically": True}),
            ("Handed in", 2, {}),
        ]:
            made = Assignment.objects.create(
                school_class=school.other_class, title=title, type="homework",
                assigned_date=day - timedelta(days=9), due_date=day - timedelta(days=due), **more,
            )  # fmt: skip
        Submission.objects.create(assignment=made, student=school.other_student, content="x")
        for days, status in [(1, "absent"), (2, "excused"), (7, "absent"), (8, "absent")]:
            session = ClassSession.objects.create(
                school_class=school.other_class,
                session_date=day - timedelta(days=days),
                start_time="08:00",
                end_time="09:00",
            )
            Attendance.objects.create(
                class_session=session, student=school.other_student, status=status
            )


def test_what_is_late_and_unexcused_comes_first(client, two_children, sign_in):
    school = two_children
    late_of(school)
    sign_in(client, school, school.guardian)
    day = school.tenant.today()
    [first, second] = sorted(
        client.get("/").context["children"], key=lambda child: child.pk == school.other_student.pk
    )
    assert ([a.title for a in second.overdue], second.next_due) == (["Late homework"], None)
    assert [record.class_session.session_date for record in second.unexcused] == [
        day - timedelta(days=7),
        day - timedelta(days=1),
    ]
    assert (first.overdue, first.unexcused) == ([], [])
    page = client.get("/").content.decode()
    assert page.index("was due on") < page.rindex("Due next")
    shown = client.get(address("today", school, school.other_student)).content.decode()
    assert shown.count("Absent without an excuse") == 1
    assert shown.count("Late homework") == 1


def test_each_child_has_only_their_own(client, two_children, sign_in):
    school = two_children
    sign_in(client, school, school.guardian)
    for name in ("classes", "attendance", "grades", "invoices", "today"):
        text = client.get(address(name, school, school.student)).content.decode()
        assert school.other_class.name not in text
        assert school.other_invoice.invoice_number not in text
        assert f'href="{address(name, school, school.other_student)}"' in text  # the switcher
    # One child's row at the other child's address.
    for url in (
        reverse("child_class", args=[school.student.pk, school.other_class.pk]),
        reverse("child_invoice", args=[school.student.pk, school.other_invoice.pk]),
        reverse("child_receipt", args=[school.student.pk, school.other_payment.pk]),
    ):
        assert client.get(url).status_code == 404, url


def test_a_guardian_without_a_child_sees_a_message(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        StudentGuardian.objects.all().delete()
    sign_in(client, cast.a, cast.a.guardian)
    assert "Please ask the school's office" in client.get("/").content.decode()


# --- raw SQL as a guardian ------------------------------------------------------------------------
GUARDED = {  # what a guardian may read: rows of their child (`student_id`), or of their own
    "enrollments": "student_id",
    "attendance": "student_id",
    "submissions": "student_id",
    "grades": "student_id",
    "invoices": "student_id",
    "payments": "student_id",
    "waitlist_entries": "student_id",
    "absences": "student_id",
    "daily_attendance": "student_id",
    "student_guardians": "student_id",
}
CLOSED = [
    "absence_calls",
    "application_documents",
    "applications",
    "audit_logs",
    "conversations",
    "exports",
    "saved_filters",
    "saved_views",
    "tenant_domains",
]


def ask(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_sql_shows_a_guardian_their_child_alone(cast):
    school = cast.a
    with tenant_context(school.tenant, school.guardian):
        for table, column in GUARDED.items():
            visible = {row[0] for row in ask(f"SELECT {column} FROM {table}")}  # noqa: S608
            assert visible == {school.student.pk}, table
        people = {row[0] for row in ask("SELECT id FROM users")}
        assert people == {school.student.pk, school.guardian.pk}
        assert ask("SELECT id FROM guardians") == [(school.guardian_record.pk,)]
        assert ask("SELECT class_id FROM app.class_teachers") == [(school.school_class.pk,)]
        for table in CLOSED:
            with refused_by("privilege"):
                ask(f"SELECT 1 FROM {table}")  # noqa: S608


def test_sql_lets_a_guardian_write_nothing_but_their_profile(cast):
    school = cast.a
    with tenant_context(school.tenant, school.guardian), connection.cursor() as cursor:
        # Of absences they report and withdraw their own: tests/academics/test_absence_rules.py.
        guarded = [table for table in GUARDED if table != "absences"]
        for table in (*guarded, "guardians", "classes", "assignments", "class_sessions"):
            with refused_by("privilege"):
                cursor.execute(f"UPDATE {table} SET updated_at = now()")  # noqa: S608
            with refused_by("privilege"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        with refused_by("privilege"):
            StudentGuardian.objects.create(
                student=school.other_student, guardian=school.guardian_record
            )
        with refused_by("privilege"):
            User.objects.filter(pk=school.guardian.pk).update(role="admin")
        assert User.objects.filter(pk=school.student.pk).update(phone="1") == 0


# --- what is on the pages -------------------------------------------------------------------------
def text_of(client, school, name, **query):
    return shown(client.get(address(name, school), query))


def test_the_current_page_is_marked(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.student)
    assert f'href="{reverse("my_grades")}" aria-current="page"' in text_of(client, cast.a, "grades")
    below = text_of(client, cast.a, "class")
    assert f'href="{reverse("my_classes")}" aria-current="true"' in below


@pytest.mark.parametrize("name", ["classes", "attendance", "grades"])
def test_terms_are_chosen(client, cast, sign_in, name):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        later = type(school.term).objects.create(
            academic_year=school.academic_year,
            name="Summer",
            start_date="2026-07-01",
            end_date="2026-07-31",
        )
        SchoolClass.objects.filter(pk=school.school_class.pk).update(term=school.term)
    sign_in(client, school, school.student)
    for asked, there in [(school.term.pk, True), ("all", True), (later.pk, False)]:
        page = text_of(client, school, name, term=asked)
        assert (school.school_class.name in page) == there, asked
    assert client.get(address(name, school), {"term": uuid.uuid4()}).status_code == 404


def test_grades_explain_what_counts(client, cast, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        AssignmentWeight.objects.create(school_class=school.school_class, type="exam", weight=50)
        grade = Grade.objects.get(pk=school.grade.pk)
        grade.feedback = "<b>Good</b>"
        grade.save()
        excused = Assignment.objects.create(
            school_class=school.school_class,
            title="Missed exam",
            type="exam",
            due_date=today(),
            max_score=10,
        )
        work = Submission.objects.create(assignment=excused, student=school.student)
        Grade.objects.create(
            submission=work, student=school.student, assignment=excused, excused=True
        )
    sign_in(client, school, school.student)
    page = text_of(client, school, "grades", term="all")
    for expected in ["Exam 50 %", "Homework 50 %", "17 / 20", "85 %", "&lt;b&gt;Good", "Excused"]:
        assert expected in page


def test_results_are_new_until_they_are_read(client, cast, sign_in):
    school = cast.a
    sign_in(client, school, school.student)
    assert "1 new" in text_of(client, school, "today")
    mark = reverse("my_results_read")
    assert client.get(mark).status_code == 405
    assert client.post(mark).url == address("today", school)
    assert "1 new" not in text_of(client, school, "today")
    # The guardian has not read it yet.
    sign_in(client, school, school.guardian)
    page = client.get(address("today", school, school.student)).content.decode()
    assert "1 new" in page


def test_attendance_shows_what_was_missed_with_its_note(client, cast, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        session = ClassSession.objects.create(
            school_class=school.school_class,
            session_date="2026-02-03",
            start_time="10:00",
            end_time="11:00",
            topic="Rivers",
        )
        Attendance.objects.create(
            class_session=session, student=school.student, status="absent", notes="was ill"
        )
    sign_in(client, school, school.student)
    missed = text_of(client, school, "attendance", term="all")
    assert "was ill" in missed
    assert "3 Feb 2026" in missed
    assert "2 Feb 2026" not in missed
    everything = text_of(client, school, "attendance", term="all", status="all")
    assert "2 Feb 2026" in everything
    assert "Nothing was recorded" in text_of(
        client, school, "attendance", term="all", status="late"
    )
    assert text_of(client, school, "attendance", status="\u0661", page="x", **{"class": "-"})


def test_places_in_the_queue_are_shown(client, cast, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.filter(pk=school.other_class.pk).update(capacity=1)
        WaitlistEntry.objects.create(school_class=school.other_class, student=school.student)
    sign_in(client, school, school.student)
    assert "place 1 on the waiting list" in text_of(client, school, "classes")


def test_an_invoice_and_its_receipt_add_up(client, cast, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        second = Payment.objects.create(
            invoice=school.invoice,
            student=school.student,
            amount=Decimal("10.00"),
            payment_method="bank_transfer",
            payment_date=today() + timedelta(days=1),
        )
    sign_in(client, school, school.student)
    invoice = text_of(client, school, "invoice")
    for expected in ["100.00 USD", "40.00 USD", "10.00 USD", "50.00 USD", school.tenant.name]:
        assert expected in invoice
    receipt = client.get(reverse("my_receipt", args=[second.pk])).content.decode()
    for expected in [
        f"R-{second.pk.hex[:8].upper()}",
        school.tenant.name,
        school.invoice.invoice_number,
        "10.00 USD",
        "50.00 USD",
    ]:
        assert expected in receipt
    assert "50.00 USD" in text_of(client, school, "invoices")


def test_a_class_that_is_over_keeps_its_grade(client, cast, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status="completed")
    sign_in(client, school, school.student)
    page = text_of(client, school, "grades", term="all")
    assert "</strong> 85.0 %" in page
    assert "no longer listed" in page


# --- what they cost -------------------------------------------------------------------------------
QUERIES = {"today": 13, "classes": 11, "class": 15, "attendance": 12, "grades": 10, "invoices": 9}


def more_of_everything(school, number):
    """Enroll the student in another class with a lesson, a result, an invoice and a payment."""
    with tenant_context(school.tenant, school.admin):
        own = SchoolClass.objects.create(
            name=f"More {number}", start_date="2026-01-05", teacher=school.teacher
        )
        Enrollment.objects.create(student=school.student, school_class=own)
        for school_class in (own, school.school_class):
            session = ClassSession.objects.create(
                school_class=school_class,
                session_date=today(),
                start_time=f"{8 + number:02}:00",
                end_time=f"{9 + number:02}:00",
            )
            Attendance.objects.create(class_session=session, student=school.student, status="late")
            work = Assignment.objects.create(
                school_class=school_class,
                title=f"Work {number}",
                type="quiz",
                due_date=today(),
                max_score=10,
            )
            handed_in = Submission.objects.create(assignment=work, student=school.student)
            Grade.objects.create(
                submission=handed_in, student=school.student, assignment=work, score=9
            )
        invoice = Invoice.objects.create(
            invoice_number=f"M-{number}",
            student=school.student,
            amount=Decimal("9.00"),
            due_date=today(),
        )
        Payment.objects.create(
            invoice=invoice, student=school.student, amount=1, payment_method="cash"
        )


@pytest.mark.parametrize("role", ["student", "guardian"])
@pytest.mark.parametrize("times", [1, 3])
def test_the_number_of_queries_is_fixed(client, cast, sign_in, role, times):
    school = cast.a
    for number in range(times):
        more_of_everything(school, number)
    sign_in(client, school, getattr(school, role))
    client.get("/login/")
    child = school.student if role == "guardian" else None
    counts = {}
    for name in QUERIES:
        client.get(address(name, school, child), {"term": "all"})  # what a process asks once
        with CaptureQueriesContext(connection) as queries:
            client.get(address(name, school, child), {"term": "all"})
        counts[name] = len(queries)
    # A guardian's page asks for the child, and for the children of the switcher.
    assert counts == {name: n + 2 * (role == "guardian") for name, n in QUERIES.items()}


# --- at the edge ----------------------------------------------------------------------------------


def test_what_is_overdue_is_less_what_was_paid_of_it(cast):
    """Also of several invoices, and not less what was paid of those that are not due yet."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        for number, (days, paid) in enumerate([(0, 10), (-1, 25)]):
            invoice = Invoice.objects.create(
                invoice_number=f"L-{number}",
                student=school.student,
                amount=50,
                issue_date=today() - timedelta(days=9),
                due_date=today() + timedelta(days=days),
            )
            Payment.objects.create(
                invoice=invoice, student=school.student, amount=paid, payment_method="cash"
            )
        owed = balances.still_to_pay(Invoice.objects.for_student(school.student), today())
    # 100 - 40 and 50 - 25 are overdue; what is due today, 50 - 10, is not.
    assert owed == [{"currency": "USD", "rest": Decimal("125.00"), "late": Decimal("85.00")}]


@pytest.mark.parametrize(
    ("first", "last", "there"),
    [
        ("2026-01-05", None, True),
        ("2026-06-30", None, True),
        ("2026-07-01", None, False),
        ("2025-08-01", "2026-01-01", True),
        ("2025-08-01", "2025-12-31", False),
    ],
)
def test_a_class_without_a_term_is_in_those_that_it_overlaps(cast, first, last, there):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.filter(pk=school.other_class.pk).update(term=school.term)
        SchoolClass.objects.filter(pk=school.school_class.pk).update(
            term=None, start_date=first, end_date=last
        )
        choice = own_terms.choose("", date(2026, 3, 10))
        assert choice.chosen == school.term
        enrollments = set(choice.narrow(Enrollment.objects.all()))
    assert enrollments == {school.other_enrollment} | ({school.enrollment} if there else set())


def test_of_two_terms_to_come_the_next_one_is_current(cast):
    """Between terms; the same for each way to ask."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        next_one, later = [
            Term.objects.create(
                academic_year=school.academic_year, name=name, start_date=first, end_date=last
            )
            for name, first, last in [
                ("Summer", date(2026, 7, 3), date(2026, 7, 10)),
                ("Late summer", date(2026, 7, 12), date(2026, 7, 31)),
            ]
        ]
        terms = list(Term.objects.all())
        for day, expected in [
            (date(2026, 1, 1), school.term),
            (date(2026, 6, 30), school.term),
            (date(2026, 7, 1), next_one),
            (date(2026, 7, 10), next_one),
            (date(2026, 7, 11), later),
            (date(2026, 8, 1), later),
        ]:
            current_terms = {Term.objects.current(day), current_of(terms, day)}
            assert current_terms | {own_terms.choose("", day).chosen} == {expected}, day
